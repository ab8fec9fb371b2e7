/* global uPlot */

/** The faults as a shade between dashed edges, and the phases as thin lines. */
export function drawBackground(u, { faults, phases }, palette) {
  const { ctx, bbox } = u
  const x = (seconds) => Math.round(u.valToPos(seconds, 'x', true))
  const vertical = (seconds) => {
    ctx.beginPath()
    ctx.moveTo(x(seconds) + 0.5, bbox.top)
    ctx.lineTo(x(seconds) + 0.5, bbox.top + bbox.height)
    ctx.stroke()
  }
  ctx.save()
  ctx.lineWidth = uPlot.pxRatio
  ctx.fillStyle = palette.fault
  ctx.strokeStyle = palette.phase
  for (const [from, to] of faults) ctx.fillRect(x(from), bbox.top, Math.max(1, x(to) - x(from)), bbox.height)
  for (const phase of phases) vertical(phase)
  ctx.setLineDash([4 * uPlot.pxRatio, 3 * uPlot.pxRatio])
  ctx.strokeStyle = palette.text
  for (const fault of faults) fault.forEach(vertical)
  ctx.restore()
}
