import { readPalette } from './palette.js'
import { latencyPlot, ratePlot } from './plots.js'
import { scrubber } from './scrubber.js'

let colours = readPalette()
const palette = () => colours
const timelines = JSON.parse(document.getElementById('data').textContent).map(draw)

function draw(data) {
  const figure = document.getElementById(data.id)
  const targets = [figure.querySelector('.rate'), figure.querySelector('.latency')]
  const plots = [ratePlot(targets[0], data, palette), latencyPlot(targets[1], data, palette)]
  scrubber(figure, data, plots)
  const timeline = { targets, plots }
  new ResizeObserver(() => fit(timeline)).observe(figure)
  return timeline
}

function fit({ targets, plots }) {
  for (const [i, plot] of plots.entries()) {
    const width = targets[i].clientWidth
    if (width > 0 && width !== plot.width) plot.setSize({ width, height: plot.height })
  }
}

function recolour() {
  colours = readPalette()
  for (const { plots } of timelines) for (const plot of plots) plot.redraw(false)
}

// A box that needs no scrolling is no stop on the way through the page with the keyboard.
new ResizeObserver(() => {
  for (const box of document.querySelectorAll('.scroll')) box.tabIndex = box.scrollWidth > box.clientWidth ? 0 : -1
}).observe(document.body)

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', recolour)

// On paper: light, as wide as a sheet, and with everything open that can be.
let opened = []
addEventListener('beforeprint', () => {
  opened = [...document.querySelectorAll('details:not([open])')]
  for (const details of opened) details.open = true
  document.documentElement.dataset.paper = ''
  for (const timeline of timelines) fit(timeline)
  recolour()
})
addEventListener('afterprint', () => {
  for (const details of opened) details.open = false
  delete document.documentElement.dataset.paper
  for (const timeline of timelines) fit(timeline)
  recolour()
})
