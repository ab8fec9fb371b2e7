import { type Html, html } from '../html.ts'

/** A stretch of a lane, in milliseconds since the scenario began. */
export interface Stretch {
  readonly from: number
  readonly to: number
  /** Its look in page.css. */
  readonly look: string
  /** Written into it where there is room; the first part alone where there is less. */
  readonly text?: string
  readonly short?: string
  /** For the pointer that rests on it. */
  readonly hint: string
}

/** Rough widths in pixels, of the plot on a phone and on a desk, and of a letter: no text is cut off. */
const PHONE = 255
const DESK = 700
const LETTER = 6.6
const MARGIN = 8

/**
 * A band under or over the charts, on their time axis. It is drawn here, in percent, and not by a script: so it
 * is there on paper and without scripts, and `label` with `summary` says the same to a screen reader.
 */
export function lane(label: string, summary: string, stretches: readonly Stretch[], lengthMs: number): Html {
  return html`<div class="lane"><p class="lane-label" aria-hidden="true">${label}</p>
<svg class="track" role="img" aria-label="${label}: ${summary}">
<rect class="rail" width="100%" height="100%"/>
${narrowLast(stretches, lengthMs).map((stretch) => bar(stretch, lengthMs))}
</svg></div>`
}

/** Half-open lasts for one probe: what is as short as that is drawn over its neighbours, wide enough to be seen. */
function narrowLast(stretches: readonly Stretch[], lengthMs: number): readonly Stretch[] {
  return stretches.toSorted((a, b) => Number(isNarrow(a, lengthMs)) - Number(isNarrow(b, lengthMs)))
}

function isNarrow({ from, to }: Stretch, lengthMs: number): boolean {
  return to - from < lengthMs / 150
}

function bar(stretch: Stretch, lengthMs: number): Html | null {
  const { from, to, look, text, short, hint } = stretch
  const left = Math.max(0, from)
  const width = Math.min(to, lengthMs) - left
  if (width < 0 || lengthMs === 0) return null
  const wide = isNarrow(stretch, lengthMs) ? '3' : percent(width, lengthMs)
  return html`<svg x="${percent(left, lengthMs)}" width="${wide}" height="100%"><title>${hint}</title>
<rect class="${look}" width="100%" height="100%"/>${label(text, short, width / lengthMs)}</svg>`
}

function label(text: string | undefined, short: string | undefined, share: number): Html | null {
  const fits = (value: string | undefined, room: number) =>
    value !== undefined && value.length * LETTER + MARGIN <= share * room
  const write = (value: string | undefined, where: string) => html`<text x="5" y="50%" class="${where}">${value}</text>`
  if (fits(text, PHONE)) return write(text, '')
  const narrow = fits(short, PHONE) && write(short, fits(text, DESK) ? 'phone' : '')
  return html`${narrow}${fits(text, DESK) && write(text, 'desk')}`
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(2)}%`
}
