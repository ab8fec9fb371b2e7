import type { CallSummary } from '../calls.ts'
import { count, seconds } from '../format.ts'
import { type Html, html, type Piece } from '../html.ts'
import { OUTCOMES } from '../outcome.ts'
import { life } from './lanes.ts'
import type { Section } from './links.ts'
import { type Column, type Row, table } from './table.ts'
import { tally, time } from './timeline.ts'

const COLUMNS: readonly Column[] = [
  'Requests',
  'OK',
  'Refused',
  '4xx',
  'Lost',
  'p50 of OK',
  'p99 of OK',
  'p99 of refused',
  'Slowest',
].map((name) => ({ name, numeric: true }))

/** More than these, as a soak run has, are folded away. */
const MANY = 12

/** What the charts show, in numbers: by phase, and by operation while a fault held. */
export function numbers({ view }: Section): Html | null {
  const { phases, faults, underFault, calls, lengthMs } = view
  if (calls.total === 0) return null
  const rows: Row[] = [
    ...phases.map(({ name, from, to, calls }, i): Row => {
      return [`${i + 1} ${name}`, `${seconds(from)} to ${seconds(to)}`, ...cells(calls)]
    }),
    ['whole scenario', seconds(lengthMs), ...cells(calls)],
  ]
  const byPhase = table('Requests by phase', [{ name: 'Phase' }, { name: 'When', numeric: true }, ...COLUMNS], rows)
  const byOperation = table(
    'Requests by operation, while a fault held',
    [{ name: 'Operation' }, ...COLUMNS],
    underFault.map(({ operation, calls }) => [operation, ...cells(calls)] as const),
  )
  const lives = html`<ul>
${faults.map((fault) => html`<li>${fault.name}, on ${fault.target}: ${life(fault)}.</li>`)}</ul>`
  return html`<h3>By phase</h3>
${foldIf(phases.length > MANY, `${phases.length} phases`, byPhase)}
${faults.length > 0 && html`<h3>Faults</h3>${foldIf(faults.length > MANY, `${faults.length} faults`, lives)}`}
${underFault.length > 0 && foldIf(true, 'Requests by operation, while a fault held', byOperation)}`
}

function foldIf(folded: boolean, summary: string, content: Html): Html {
  return folded ? html`<details><summary>${summary}</summary>${content}</details>` : content
}

function cells({ total, counts, latency, max }: CallSummary): Piece[] {
  return [
    count(total),
    ...OUTCOMES.map((outcome) => tally(counts[outcome])),
    time(latency.ok.p50),
    time(latency.ok.p99),
    time(latency.refused.p99),
    time(max),
  ]
}
