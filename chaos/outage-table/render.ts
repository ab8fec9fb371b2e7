import { cellsOf, markdownTable } from '../tables/marked.ts'
import { ENDPOINTS } from './clients.ts'
import type { Measured } from './measure.ts'
import type { Summary } from './statistics.ts'

/** The measured table in Markdown. */
export function renderTable(rows: readonly Measured[]): string {
  const head = ['fault', ...ENDPOINTS, 'refused login / live, p99', 'back after: refresh, login']
  const lines = rows.map((measured) => {
    const { row, before, open, refusals, live, survived, refreshBackMs, loginBackMs } = measured
    const cells = ENDPOINTS.map((endpoint) => cell(before[endpoint], open[endpoint]))
    const ratio = row.atOnce ? (refusals.p99 / live.p99).toFixed(1) : '-'
    const healed = `${seconds(refreshBackMs)}, ${seconds(loginBackMs)}${survived ? '' : ', process ended'}`
    return [`${row.at} ${row.fault.name}`, ...cells, ratio, healed]
  })
  return markdownTable([head, ...lines])
}

/** Status and code, then p50/p99/max in ms until the breaker was open, and after. */
function cell(before: Summary, open: Summary): string {
  const answers = [...new Set([...before.answers, ...open.answers])].join(', ')
  return `${answers}<br>${times(before)} → ${times(open)}`
}

function times({ p50, p99, max }: Summary): string {
  return [p50, p99, max].map((ms) => (ms < 10 ? ms.toFixed(1) : String(Math.round(ms)))).join('/')
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

/** Fault and answers of each row, without the numbers, which differ from run to run. */
export function answersIn(table: string): string[][] {
  return cellsOf(table).map((cells) => cells.slice(0, ENDPOINTS.length + 1).map((one) => one.split('<br>')[0] ?? ''))
}
