/* global uPlot */
import { milliseconds } from '../format.ts'
import { drawBackground } from './background.js'

/** Each outcome has its own dashes, as in the legend, for those who do not tell the colours apart. */
const DASHES = [[], [9, 4], [2, 3], [9, 3, 2, 3]]
/** Width of the axis at the left, and the margin at the right: `--gutter` and `--margin` of page.css. */
const GUTTER = 52
const MARGIN = 10

/** Requests per second, one line for each outcome. */
export function ratePlot(target, data, palette) {
  const lines = data.rates.map((_, i) => ({ ...line(palette, i, 1.75), fill: () => `${palette().outcomes[i]}1a` }))
  return plot(target, data, palette, {
    height: 170,
    series: lines,
    values: data.rates.map(withoutZeros),
    y: { range: (_u, _min, max) => [0, Math.max(1, max * 1.08)] },
    left: { values: (_u, splits) => splits.map(tick), space: 36 },
    bottom: { size: 6, values: () => [], ticks: { show: false } },
  })
}

/** Latency on a logarithmic scale: p99 as a line, p50 as a thinner one, and what is between them filled. */
export function latencyPlot(target, data, palette) {
  const count = data.p99.length
  const lines = [...data.p99.map((_, i) => line(palette, i, 1.75)), ...data.p50.map((_, i) => line(palette, i, 0.75))]
  const bands = data.p99.map((_, i) => ({ series: [1 + i, 1 + count + i], fill: () => `${palette().outcomes[i]}2e` }))
  return plot(target, data, palette, {
    height: 200,
    series: lines,
    bands,
    values: [...data.p99, ...data.p50].map((list) => list.map((ms) => (ms === null ? null : Math.max(ms, 0.1)))),
    y: { distr: 3, range: (_u, min, max) => decades(min, max) },
    left: { splits: (_u, _axis, min, max) => powersOfTen(min, max), values: (_u, splits) => splits.map(milliseconds) },
    bottom: { size: 26, space: 44, values: (_u, splits) => splits.map(tick) },
  })
}

function plot(target, data, palette, { height, series, bands, values, y, left, bottom }) {
  const axis = { stroke: () => palette().text, font: '11px system-ui, sans-serif', gap: 4 }
  const lines = { stroke: () => palette().grid, width: 1 }
  const middles = data.rates[0].map((_, i) => (data.edges[i] + data.edges[i + 1]) / 2)
  return new uPlot(
    {
      width: target.clientWidth,
      height,
      padding: [6, MARGIN, 0, 0],
      legend: { show: false },
      cursor: { x: false, y: false, drag: { x: false, y: false }, points: { size: 6 } },
      scales: { x: { time: false, range: [0, data.edges.at(-1)] }, y },
      axes: [
        { ...axis, grid: { ...lines, show: false }, ticks: { ...lines, size: 4 }, ...bottom },
        { ...axis, size: GUTTER, grid: lines, ticks: { show: false }, ...left, filter: undefined },
      ],
      series: [{}, ...series],
      bands: bands ?? [],
      hooks: { drawClear: [(u) => drawBackground(u, data, palette())] },
    },
    [middles, ...values],
    target,
  )
}

function line(palette, i, width) {
  return {
    stroke: () => palette().outcomes[i],
    width,
    dash: DASHES[i],
    spanGaps: false,
    // A bucket between two empty ones makes no line: without a point it would not be seen.
    points: { show: true, size: 4, filter: lonely, fill: () => palette().outcomes[i] },
  }
}

function lonely(u, seriesIdx) {
  const values = u.data[seriesIdx]
  return values.flatMap((value, i) => (value !== null && values[i - 1] == null && values[i + 1] == null ? [i] : []))
}

/** Zero is drawn only beside something: an outcome that does not occur makes no line along the axis. */
function withoutZeros(values) {
  return values.map((value, i) => (value === 0 && !values[i - 1] && !values[i + 1] ? null : value))
}

/** Exact, unlike `decimal`: ticks may be 10, 10.5, 11. */
function tick(value) {
  return value.toLocaleString('en', { maximumFractionDigits: 2 })
}

function decades(min, max) {
  if (min === null) return [1, 1000]
  const low = 10 ** Math.floor(Math.log10(min))
  return [low, Math.max(low * 10, 10 ** Math.ceil(Math.log10(max)))]
}

function powersOfTen(min, max) {
  const splits = []
  for (let power = Math.round(Math.log10(min)); power <= Math.round(Math.log10(max)); power++) splits.push(10 ** power)
  return splits
}
