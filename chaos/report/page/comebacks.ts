import type { BreakerComeback, Comeback, OperationComeback } from '../comebacks.ts'
import { count, milliseconds, plural, seconds } from '../format.ts'
import { type Html, html } from '../html.ts'
import { type Row, table } from './table.ts'
import { tally, time } from './timeline.ts'

/** After the heal of each fault: when each operation worked again, how fast it was, and how long the breakers were open. */
export function comebacks(list: readonly Comeback[]): Html | null {
  if (list.length === 0) return null
  return html`<h3>After each heal</h3>
${list.map(
  (one) => html`<details><summary>${title(one)}</summary>
${table(
  title(one),
  [
    { name: 'Operation' },
    { name: 'While it held', numeric: true },
    { name: 'Failed', numeric: true },
    { name: 'Worked again after', numeric: true },
    ...['p50 before', 'p50 after', 'p99 before', 'p99 after'].map((name) => ({ name, numeric: true })),
  ],
  one.operations.map(row),
)}
${one.breakers.length > 0 && html`<ul>${one.breakers.map((each) => html`<li>${breaker(each)}</li>`)}</ul>`}
<p class="small">Failed: refused with 503, or lost. Worked again: the first answer after the last failure, counted from the heal.
Times of what was OK: before the first fault, and in the 10 s after the heal.</p></details>`,
)}`
}

/** `postgres stopped, healed at 47.3 s: all of it worked again after 2.6 s`. */
function title({ fault, operations }: Comeback): string {
  const what = `${fault.target} ${fault.name}, healed at ${seconds(fault.to)}`
  const failed = operations.filter((one) => one.failed > 0)
  if (failed.length === 0) return `${what}: nothing failed`
  const times = failed.flatMap(({ backMs }) => backMs ?? [])
  const unseen = failed.length - times.length
  if (unseen > 0)
    return `${what}: ${plural(unseen, 'operation')} of ${failed.length} not seen to work before the next fault`
  const latest = Math.max(...times)
  const when = latest === 0 ? 'at once' : `after ${milliseconds(latest)}`
  return `${what}: ${plural(failed.length, 'operation')} had failed, all worked again ${when}`
}

function row({ operation, calls, failed, backMs, steady, recovery }: OperationComeback): Row {
  const back = backMs === null ? 'not seen' : backMs === 0 ? 'at once' : milliseconds(backMs)
  const again = failed === 0 ? 'went on' : back
  const times = [steady.p50, recovery.p50, steady.p99, recovery.p99].map(time)
  return [operation, count(calls), tally(failed), again, ...times]
}

function breaker({ instance, dependency, openMs, closedMs }: BreakerComeback): string {
  const name = `The breaker of ${instance} to ${dependency}`
  if (openMs === null || closedMs === null) return `${name} opened and was not closed before what came next.`
  const when = closedMs === 0 ? 'before the heal was seen' : `${milliseconds(closedMs)} after the heal`
  return `${name} was open for ${milliseconds(openMs)} and closed ${when}.`
}
