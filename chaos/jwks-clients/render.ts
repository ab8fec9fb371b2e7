import { cellsOf, markdownTable } from '../tables/marked.ts'
import { type Measured, MINUTES, QUIET_MINUTES, TOKENS } from './measure.ts'
import type { Look } from './orders.ts'

/** From here on somebody waits. */
const NOTICEABLE_MS = 3000
const MINUTE_MS = 60_000
const AT_ONCE_MS = 2000

export const ALL = '100 %'
export const AT_ONCE = 'under 2 s'

/** A row for each client: what is left of the good tokens in each outage, and how long a withdrawn key is accepted. */
export function renderTable({ outages, withdrawn }: Measured): string {
  const rows = Object.entries(withdrawn).map(([client, lastMs]) => [
    client,
    ...Object.values(outages).map((looks) => outcome(looks[client] ?? [])),
    acceptance(lastMs),
  ])
  return markdownTable([['', ...Object.keys(outages), 'a withdrawn key is accepted for'], ...rows])
}

/** The table without how long calls wait, which differs a little from run to run. */
export function verdictsIn(table: string): string[][] {
  return cellsOf(table).map((cells) => cells.map((cell) => cell.split('<br>')[0] ?? ''))
}

function outcome(looks: readonly Look[]): string {
  const busy = looks.filter(({ minute }) => minute <= MINUTES)
  const quiet = looks.find(({ minute }) => minute > MINUTES)
  const longest = Math.max(...looks.map(({ ms }) => ms))
  return [verdict(busy, quiet), ...(longest < NOTICEABLE_MS ? [] : [`a call waits up to ${rounded(longest)}`])].join(
    '<br>',
  )
}

function verdict(busy: readonly Look[], quiet: Look | undefined): string {
  const refused = busy.find(({ accepted }) => accepted < TOKENS)
  if (refused === undefined) {
    return quiet?.accepted === TOKENS ? ALL : `${ALL}; after ${QUIET_MINUTES} quiet minutes ${percent(quiet)}`
  }
  const later = busy.filter(({ minute }) => minute >= refused.minute)
  const most = later.reduce((one, other) => (other.accepted > one.accepted ? other : one))
  return `${percent(most)} after ${Math.round(refused.minute)} min`
}

function percent(look: Look | undefined): string {
  return `${Math.round(((look?.accepted ?? 0) / TOKENS) * 100)} %`
}

function acceptance(lastMs: number | null): string {
  if (lastMs === null) return 'as long as it is used'
  return lastMs < AT_ONCE_MS ? AT_ONCE : `${Math.round(lastMs / MINUTE_MS)} min`
}

function rounded(ms: number): string {
  return ms < MINUTE_MS ? `${Math.round(ms / 5000) * 5} s` : `${Math.round(ms / MINUTE_MS)} min`
}
