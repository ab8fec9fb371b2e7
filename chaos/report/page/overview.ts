import { passes } from '../../checks/verdict.ts'
import { count, duration, milliseconds } from '../format.ts'
import { type Html, html } from '../html.ts'
import { isLate, whatBroke, worstRecovery } from '../summary.ts'
import type { Section } from './links.ts'
import { outcomeMark } from './marks.ts'
import { table } from './table.ts'

/** What went wrong anywhere, then all scenarios in a table. */
export function overview(sections: readonly Section[]): Html {
  return html`${broken(sections)}
<section class="card" aria-labelledby="overview"><h2 id="overview">Scenarios</h2>
${table(
  'Scenarios',
  [
    { name: 'Scenario' },
    { name: 'Outcome' },
    { name: 'Claims held', numeric: true },
    { name: 'Worst recovery', numeric: true },
    { name: 'Operations', numeric: true },
    { name: 'Took', numeric: true },
  ],
  sections.map(row),
)}</section>`
}

function row({ id, view: { result, calls, lengthMs } }: Section) {
  const ran = result.outcome !== 'skipped'
  const { verdicts } = result
  return [
    html`<a href="#${id}">${result.name}</a><span class="small title">${result.title}</span>`,
    outcomeMark(result.outcome),
    ran && (verdicts.length > 0 ? `${verdicts.filter(passes).length} of ${verdicts.length}` : 'none'),
    recovery(result.recoveries),
    ran && count(calls.total),
    ran && duration(lengthMs),
  ] as const
}

function recovery(recoveries: Section['view']['result']['recoveries']): Html | null {
  const worst = worstRecovery(recoveries)
  if (worst === undefined) return null
  return html`${milliseconds(worst.ms)} of ${milliseconds(worst.boundMs)}${
    isLate(worst) && html` <span class="mark bad">late</span>`
  }`
}

function broken(sections: readonly Section[]): Html | null {
  const wrong = sections.filter(({ view }) => whatBroke(view.result).length > 0)
  if (wrong.length === 0) return null
  return html`<section class="card broken" aria-labelledby="broken"><h2 id="broken">What broke</h2>
${wrong.map(
  ({ id, view: { result } }) => html`<h3><a href="#${id}">${result.name}</a></h3>
<ul>${whatBroke(result).map((line) => html`<li>${line}</li>`)}</ul>`,
)}</section>`
}
