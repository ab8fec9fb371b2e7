/* global uPlot */

const style = getComputedStyle(document.documentElement)
const colour = (name) => style.getPropertyValue(name).trim()

for (const [i, chart] of JSON.parse(document.getElementById('data').textContent).entries()) {
  draw(document.getElementById(`chart-${i}`), chart)
}

/** A point for each label, and a line from its lowest round to its highest. */
function draw(target, { labels, median, lowest, highest }) {
  const isCourse = labels.length > 8
  const axis = { stroke: colour('--muted'), grid: { stroke: colour('--line'), width: 1 } }
  const plot = new uPlot(
    {
      width: target.clientWidth,
      height: 220,
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { time: false, range: [-0.5, labels.length - 0.5] },
        y: { range: (_u, _min, max) => [0, max * 1.1] },
      },
      axes: [
        {
          ...axis,
          splits: () => labels.map((_, i) => i),
          values: () => labels.map((label) => (isCourse ? '' : label)),
        },
        { ...axis, size: 64 },
      ],
      series: [
        {},
        {
          stroke: colour('--ink'),
          width: isCourse ? 2 : 0,
          points: { show: true, size: 8, fill: colour('--ink') },
        },
      ],
      hooks: { draw: [(u) => drawSpread(u, lowest, highest)] },
    },
    [labels.map((_, i) => i), median],
    target,
  )
  new ResizeObserver(() => plot.setSize({ width: target.clientWidth, height: 220 })).observe(target)
}

function drawSpread(u, lowest, highest) {
  u.ctx.save()
  u.ctx.strokeStyle = colour('--ink')
  u.ctx.lineWidth = 2 * uPlot.pxRatio
  for (const [i, low] of lowest.entries()) {
    const x = u.valToPos(i, 'x', true)
    u.ctx.beginPath()
    u.ctx.moveTo(x, u.valToPos(low, 'y', true))
    u.ctx.lineTo(x, u.valToPos(highest[i], 'y', true))
    u.ctx.stroke()
  }
  u.ctx.restore()
}
