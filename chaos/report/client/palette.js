/** The colours of the charts, as the style sheet has them for this scheme; asked again when the scheme changes. */
export function readPalette() {
  const style = getComputedStyle(document.documentElement)
  const colour = (name) => style.getPropertyValue(`--${name}`).trim()
  return {
    outcomes: ['ok', 'refused', 'verdict', 'lost'].map(colour),
    text: colour('muted'),
    grid: colour('line'),
    fault: colour('shade'),
    phase: colour('rule'),
  }
}
