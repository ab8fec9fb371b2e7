import type { ScenarioView } from '../aggregate.ts'
import { faultOf } from '../alerts.ts'
import { milliseconds, seconds } from '../format.ts'
import { type Html, html } from '../html.ts'
import { lane, type Stretch } from './lane.ts'
import { type Row, table } from './table.ts'

/** The alerts, under the breakers, on the time axis of the charts. */
export function alertLanes({ alerts, lengthMs }: ScenarioView): Html | null {
  if (alerts.length === 0) return null
  return html`${alerts.map(({ alert, spans }) => {
    const stretches = spans.map(({ state, subject, from, to }): Stretch => {
      const hint = `${subject}: ${state}, ${seconds(from)} to ${seconds(to)}`
      return { from, to, look: state, hint, ...(state === 'firing' && { text: `raised, ${subject}`, short: 'raised' }) }
    })
    return lane(`Alert ${alert}`, stretches.map(({ hint }) => hint).join('; '), stretches, lengthMs)
  })}
<p class="states small"><span class="state"><svg width="22" height="12" aria-hidden="true">
<rect class="firing" width="100%" height="100%"/></svg> raised</span> <span class="state">
<svg width="22" height="12" aria-hidden="true"><rect class="pending" width="100%" height="100%"/></svg> about to be</span></p>`
}

/** Every time that an alert was raised, beside its fault. */
export function alerts({ alerts: lanes, faults }: ScenarioView): Html | null {
  if (lanes.length === 0) return null
  const raised = lanes.flatMap(({ alert, severity, spans }) =>
    spans.filter(({ state }) => state === 'firing').map((span) => ({ alert, severity, span })),
  )
  return html`<h3>Alerts</h3>
${table(
  'Alerts',
  [
    { name: 'Alert' },
    { name: 'Last fault before it' },
    { name: 'Raised', numeric: true },
    { name: 'After it held', numeric: true },
    { name: 'Ended after the heal', numeric: true },
  ],
  raised
    .sort((a, b) => a.span.from - b.span.from)
    .map(({ alert, severity, span }): Row => {
      const { subject, summary, from, to, ended } = span
      const fault = faultOf(span, faults)
      const after = (ms: number) => (ms <= 0 ? 'at once' : milliseconds(ms))
      return [
        html`${alert}<span class="small title">${severity}, ${subject}: ${summary}</span>`,
        fault === undefined ? 'none' : `${fault.target} ${fault.name}`,
        seconds(from),
        fault?.struck === undefined ? '–' : after(from - fault.struck),
        !ended ? 'not ended' : fault?.healed ? after(to - fault.to) : '–',
      ]
    }),
)}`
}
