import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from '../faults.ts'
import type { DependencyName, Lab } from '../lab/lab.ts'
import { type Ask, ENDPOINTS, type Endpoint, makeClients } from './clients.ts'
import { type ServerUnderTest, startServer } from './server-under-test.ts'
import { type Sample, type Summary, summarize } from './statistics.ts'

/** How many rounds of requests are made while the breaker is open. */
const OPEN_ROUNDS = 40
const ROUND_PAUSE_MS = 25
/** How many logins are refused, each next to one /health/live, to compare the two. */
const COMPARED_PAIRS = 400
const SESSIONS = 4
/** By then a breaker must have opened, and by then everything must be back. */
const OPENING_TIMEOUT_MS = 20_000
const HEALING_TIMEOUT_MS = 20_000

/** One fault, at one dependency or at both. */
export interface Row {
  readonly at: 'Postgres' | 'Redis' | 'both'
  readonly fault: Fault
  /** Whose breakers open. */
  readonly opens: readonly DependencyName[]
  /** True when every 503 of the row comes from an open breaker, and so at once. */
  readonly atOnce: boolean
  /** The one answer that each endpoint gives meanwhile. */
  readonly expected: Readonly<Record<Endpoint, string>>
}

export interface Measured {
  readonly row: Row
  readonly before: Record<Endpoint, Summary>
  readonly open: Record<Endpoint, Summary>
  /** Refused logins while open, and the yardstick, by turns and one at a time. */
  readonly refusals: Summary
  readonly live: Summary
  readonly survived: boolean
  /** Milliseconds from the heal to the first success. */
  readonly loginBackMs: number
  readonly refreshBackMs: number
}

/** Strikes one fault at a fresh server and measures: until the breakers are open, while they are, and after the heal. */
export async function measureRow(lab: Lab, row: Row): Promise<Measured> {
  await using stack = new AsyncDisposableStack()
  const server = await startServer(lab)
  const { pid } = server.instance
  stack.defer(() => server.instance.kill())
  stack.defer(() => row.fault.heal())
  const clients = await makeClients(server, SESSIONS)

  await row.fault.strike()
  const proof = row.fault.proof()
  const before = await rounds(clients, async () => !(await allOpen(server, row)), OPENING_TIMEOUT_MS)
  if (!(await proof)) throw new Error(`${row.at} ${row.fault.name} did not happen`)
  let left = OPEN_ROUNDS
  const open = await rounds(clients, async () => left-- > 0, OPENING_TIMEOUT_MS)
  const pairs = await compare(clients.login, () => server.call('GET', '/health/live'))
  await row.fault.heal()
  const healed = performance.now()
  const [refreshBackMs, loginBackMs] = await Promise.all([back(clients.refresh, healed), back(clients.login, healed)])

  return {
    row,
    before: perEndpoint(before),
    open: perEndpoint(open),
    refusals: summarize(pairs.map(([refusal]) => refusal)),
    live: summarize(pairs.map(([, live]) => live)),
    survived: server.instance.pid === pid,
    loginBackMs,
    refreshBackMs,
  }
}

/** Asks everything at once, round after round, as long as `goOn` says so. */
async function rounds(
  ask: Readonly<Record<string, Ask>>,
  goOn: () => Promise<boolean>,
  timeoutMs: number,
): Promise<Record<string, Sample[]>> {
  const samples: Record<string, Sample[]> = {}
  const end = performance.now() + timeoutMs
  do {
    if (performance.now() > end) throw new Error(`still going on after ${timeoutMs} ms`)
    await Promise.all(
      Object.entries(ask).map(async ([name, one]) => {
        samples[name] = [...(samples[name] ?? []), await sample(one)]
      }),
    )
    await sleep(ROUND_PAUSE_MS)
  } while (await goOn())
  return samples
}

async function compare(refused: Ask, live: Ask): Promise<[Sample, Sample][]> {
  const pairs: [Sample, Sample][] = []
  for (let i = 0; i < COMPARED_PAIRS; i += 1) pairs.push([await sample(refused), await sample(live)])
  return pairs
}

async function sample(ask: Ask): Promise<Sample> {
  const { status, body, ms } = await ask()
  return { status, code: body?.code ?? '', ms }
}

async function allOpen(server: ServerUnderTest, { opens }: Row): Promise<boolean> {
  const states = await Promise.all(opens.map((name) => server.guardState(name)))
  return states.every((state) => state === 'open')
}

async function back(ask: Ask, healed: number): Promise<number> {
  for (;;) {
    const { status, body } = await ask()
    if (status === 200) return performance.now() - healed
    if (performance.now() - healed > HEALING_TIMEOUT_MS) {
      throw new Error(`not back after ${HEALING_TIMEOUT_MS} ms: ${status} ${JSON.stringify(body)}`)
    }
    await sleep(ROUND_PAUSE_MS)
  }
}

function perEndpoint(samples: Record<string, Sample[]>): Record<Endpoint, Summary> {
  const entries = ENDPOINTS.map((endpoint) => [endpoint, summarize(samples[endpoint] ?? [])] as const)
  return Object.fromEntries(entries) as Record<Endpoint, Summary>
}
