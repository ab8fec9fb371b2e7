import type { ScenarioView } from '../aggregate.ts'
import { seconds } from '../format.ts'
import { type Html, html } from '../html.ts'
import type { FaultSpan, GuardSpan, GuardState } from '../spans.ts'
import { lane, type Stretch } from './lane.ts'

/** The phases and the faults, over the charts. */
export function upperLanes({ phases, faults, lengthMs }: ScenarioView): Html {
  const marks = phases.map(({ name, from, to }, i) => ({
    from,
    to,
    look: 'phase',
    text: `${i + 1} ${name}`,
    short: String(i + 1),
    hint: `${name}, ${range(from, to)}`,
  }))
  const targets = Map.groupBy(faults, ({ target }) => target)
  return html`${marks.length > 0 && lane('Phases', marks.map(({ hint }) => hint).join('; '), marks, lengthMs)}
${[...targets].map(([target, some]) => {
  const summary = some.map((fault) => `${fault.name}, ${life(fault)}`).join('; ')
  return lane(`Fault on ${target}`, summary, some.flatMap(faultStretches), lengthMs)
})}`
}

/** In full strength while it was seen to hold, lighter while it began and ended. */
function faultStretches(fault: FaultSpan): Stretch[] {
  const { from, to, struck = to, heal = to, name } = fault
  const hint = `${name}, ${life(fault)}`
  return [
    { from, to: struck, look: 'fault edge', hint },
    { from: struck, to: heal, look: 'fault', text: name, hint },
    { from: heal, to, look: 'fault edge', hint },
  ].filter((stretch) => stretch.to > stretch.from)
}

/** `strikes at 10.0 s, holds from 10.2 s, healed at 20.1 s`. */
export function life({ from, to, struck, healed }: FaultSpan): string {
  const holds = struck === undefined ? 'never seen to hold' : `holds from ${seconds(struck)}`
  return `strikes at ${seconds(from)}, ${holds}, ${healed ? `healed at ${seconds(to)}` : 'not healed'}`
}

/** How the states of a guard are called. */
export const STATE_LABELS: Readonly<Record<GuardState, string>> = {
  connecting: 'connecting',
  closed: 'closed',
  open: 'open',
  half_open: 'half-open',
  down: 'not running',
}

/** The breakers, under the charts, and a key to their looks. */
export function breakerLanes({ guards, lengthMs }: ScenarioView): Html | null {
  if (guards.length === 0) return null
  const states = new Set(guards.flatMap(({ spans }) => spans.map(({ state }) => state)))
  return html`${guards.map(({ instance, dependency, spans }) => {
    const stretches = spans.map(guardStretch)
    const summary = stretches.map(({ hint }) => hint).join('; ')
    return lane(`Breaker of ${instance} to ${dependency}`, summary, stretches, lengthMs)
  })}
<p class="states small">${[...states].map(
    (state) => html`<span class="state"><svg width="22" height="12" aria-hidden="true">
<rect class="${state}" width="100%" height="100%"/></svg> ${STATE_LABELS[state]}</span> `,
  )}</p>`
}

function guardStretch({ state, from, to, reason }: GuardSpan): Stretch {
  const text = STATE_LABELS[state]
  return {
    from,
    to,
    look: state,
    text,
    hint: `${text}, ${range(from, to)}${reason === undefined ? '' : `: ${reason}`}`,
  }
}

function range(from: number, to: number): string {
  return `${seconds(Math.max(0, from))} to ${seconds(to)}`
}
