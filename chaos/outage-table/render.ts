import { ENDPOINTS } from './clients.ts'
import type { Measured } from './measure.ts'
import type { Summary } from './statistics.ts'

const BEGIN = '<!-- outage-table: npm run outage-table -- --write -->'
const END = '<!-- /outage-table -->'

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
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
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

/** The README with the table in its place. Throws when the place is not marked. */
export function putInto(readme: string, table: string): string {
  const [before, rest] = readme.split(BEGIN)
  const after = rest?.split(END)[1]
  if (before === undefined || after === undefined) throw new Error('the README has no place for the outage table')
  return `${before}${BEGIN}\n\n${table}\n\n${END}${after}`
}

/** Fault and answers of each row of the table that the README tells, without the numbers, which differ from run to run. */
export function answersIn(text: string): string[] {
  const table = text.split(BEGIN)[1]?.split(END)[0] ?? text
  return table
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.includes('---'))
    .map((line) =>
      line
        .split(' | ')
        .slice(0, ENDPOINTS.length + 1)
        .map((one) => one.split('<br>')[0])
        .join(' | '),
    )
}
