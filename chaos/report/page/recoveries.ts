import { milliseconds } from '../format.ts'
import { type Html, html } from '../html.ts'
import type { Recovery } from '../journal.ts'
import { isLate } from '../summary.ts'
import { mark } from './marks.ts'
import { table } from './table.ts'

/** How long things took to come back, against their bounds. */
export function recoveries(list: readonly Recovery[]): Html | null {
  if (list.length === 0) return null
  return html`<h3>Recoveries</h3>
${table(
  'Recoveries',
  [
    { name: 'What came back' },
    { name: 'In time' },
    { name: 'After', numeric: true },
    { name: 'Bound', numeric: true },
    { name: 'Of its bound' },
  ],
  list.map((recovery) => [
    recovery.name,
    isLate(recovery) ? mark('bad', 'late') : mark('good', 'in time'),
    milliseconds(recovery.ms),
    milliseconds(recovery.boundMs),
    bar(recovery),
  ]),
)}`
}

/** A bar whose bound is a tick at three quarters of the width, unless the time ran far over it. */
function bar(recovery: Recovery): Html {
  const { ms, boundMs } = recovery
  const whole = Math.max(boundMs / 0.75, ms)
  const percent = (part: number) => `${(whole > 0 ? (100 * part) / whole : 0).toFixed(1)}%`
  return html`<svg class="bar" role="img" aria-label="${percentOf(ms, boundMs)} of the bound">
<rect class="rail" y="4" width="100%" height="8"/>
<rect class="${isLate(recovery) ? 'late' : 'early'}" y="4" width="${percent(Math.max(ms, whole / 60))}" height="8"/>
<line class="bound" x1="${percent(boundMs)}" x2="${percent(boundMs)}" y2="16"/></svg>`
}

function percentOf(ms: number, boundMs: number): string {
  return boundMs > 0 ? `${Math.round((100 * ms) / boundMs)} %` : 'more than all'
}
