import { duration, plural } from '../format.ts'
import { type Html, html } from '../html.ts'
import { whatBroke } from '../summary.ts'
import { alerts } from './alerts.ts'
import { claims } from './claims.ts'
import { comebacks } from './comebacks.ts'
import type { Section } from './links.ts'
import { outcomeMark } from './marks.ts'
import { numbers } from './numbers.ts'
import { recoveries } from './recoveries.ts'
import { steps } from './steps.ts'
import { timeline } from './timeline.ts'

/** One scenario: what broke, the timeline, the claims, the recoveries, the steps. */
export function scenario(section: Section): Html {
  const { id, view } = section
  const { result } = view
  const broke = whatBroke(result)
  return html`<section class="card scenario ${result.outcome}" id="${id}" aria-labelledby="${id}-name" tabindex="-1">
<h2 id="${id}-name">${result.name} ${outcomeMark(result.outcome)}</h2>
<p class="lead">${result.title}</p>
${broke.length > 0 && html`<ul class="notice bad">${broke.map((line) => html`<li>${line}</li>`)}</ul>`}
${result.outcome !== 'failed' && result.reason !== undefined && html`<p class="notice">${result.reason}</p>`}
${result.outcome !== 'skipped' && body(section)}
<p class="back small"><a href="#overview">Back to all scenarios</a></p>
</section>`
}

function body(section: Section): Html {
  const { result, lengthMs, calls, faults } = section.view
  return html`<p class="facts small">Took ${duration(lengthMs)}, ${plural(calls.total, 'operation')},
${plural(faults.length, 'fault')}.</p>
<h3>Timeline</h3>
${timeline(section)}
${claims(result)}
${recoveries(result.recoveries)}
${comebacks(section.view.comebacks)}
${alerts(section.view)}
${numbers(section)}
${steps(result)}`
}
