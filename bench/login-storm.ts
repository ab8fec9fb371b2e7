import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Completion, HistoryEvent } from '../chaos/history/events.ts'
import { History } from '../chaos/history/history.ts'
import { openLab } from '../chaos/lab/open-lab.ts'
import { Client } from '../chaos/workload/client.ts'
import { OpenLoop } from '../chaos/workload/open-loop.ts'
import { populate } from '../chaos/workload/populate.ts'
import { Population } from '../chaos/workload/population.ts'

const USAGE = `usage: npm run login-storm [-- OPTION ...]
  --clients N  who hammer the login at once (64)
  --rude       they come again after 20 ms instead of heeding Retry-After
  --seconds N  how long each phase lasts (10)
  --rounds N   idle and storm by turns, so often (3)`

const RUDE_PAUSE_MS = 20
/** What goes on all the time; operations per second. */
const LOAD = { refresh: 20, verify: 60, me: 20, jwks: 20 }
const STEADY = Object.keys(LOAD)
/** As one address may log in in production it could not be stormed. */
const SETTINGS = { LOGIN_RATE_LIMIT: '10000000/1m', ACCOUNT_RATE_LIMIT: '10000000/1m', LOG_LEVEL: 'error' }

async function main(): Promise<void> {
  const text = (fallback: string) => ({ type: 'string', default: fallback }) as const
  const { values } = parseArgs({
    options: { rude: { type: 'boolean', default: false }, clients: text('64'), seconds: text('10'), rounds: text('3') },
  })
  const [clients, seconds, rounds] = [values.clients, values.seconds, values.rounds].map(Number) as [
    number,
    number,
    number,
  ]
  if (![clients, seconds, rounds].every((n) => n > 0))
    throw new TypeError('--clients, --seconds and --rounds take numbers')

  await using lab = await openLab({ driver: 'local', settings: SETTINGS })
  const auth = await lab.startInstance()
  using history = new History({ scenario: 'login-storm' })
  await using client = new Client({ history, to: auth })
  const population = new Population(() => history.now())
  await populate({ client, population }, { accounts: 16, sessionsEach: 4 })
  await using load = new OpenLoop({ client, population, mix: LOAD })
  load.start()

  const found: Record<'idle' | 'storm', Completion[]> = { idle: [], storm: [] }
  for (let round = 1; round <= rounds; round += 1) {
    for (const phase of ['idle', 'storm'] as const) {
      process.stderr.write(`round ${round} of ${rounds}: ${phase}\n`)
      found[phase].push(
        ...(await watch(history, seconds, () =>
          phase === 'storm' ? storm(client, population, clients, values.rude) : null,
        )),
      )
    }
  }
  await load.stop()
  print('| operation | idle p50 / p99 | under the storm | ratio |\n| --- | --- | --- | --- |')
  for (const operation of STEADY) {
    const [idle, busy] = [summary(found.idle, operation), summary(found.storm, operation)]
    const ratio = `${(busy.p50 / idle.p50).toFixed(1)} / ${(busy.p99 / idle.p99).toFixed(1)}`
    print(`| ${operation} | ${ms(idle)} | ${ms(busy)}, ${busy.failed} of ${busy.calls} not ok | ${ratio} |`)
  }
  const logins = found.storm.filter(({ operation }) => operation === 'login')
  const [done, shed] = [logins.filter(({ type }) => type === 'ok'), logins.filter(({ code }) => code === 'overloaded')]
  print(
    `${logins.length} logins of ${clients} clients: ${done.length} done, ${shed.length} shed as overloaded, the rest ${logins.length - done.length - shed.length}`,
  )
  print(
    `logins done per second: ${(done.length / (rounds * seconds)).toFixed(1)}; a refusal took ${ms(summaryOf(shed))} ms`,
  )
}

/** What ended while `work` was going on for so long. */
async function watch(
  history: History,
  seconds: number,
  begin: () => (() => Promise<void>) | null,
): Promise<Completion[]> {
  const seen: Completion[] = []
  const stopWatching = history.subscribe((event: HistoryEvent) => {
    if (event.type === 'ok' || event.type === 'fail' || event.type === 'info') seen.push(event)
  })
  const end = begin()
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  stopWatching()
  await end?.()
  return seen
}

/** Clients who log in, wait for the answer and log in again, as soon as they may; until told to end. */
function storm(client: Client, { accounts }: Population, clients: number, rude: boolean): () => Promise<void> {
  const over = new AbortController()
  const all = Array.from({ length: clients }, async (_, i) => {
    const account = accounts[i % accounts.length]
    while (!over.signal.aborted && account !== undefined) {
      const { type, retryAfter = 1 } = await client.login(account)
      if (type !== 'ok') await pause(rude ? RUDE_PAUSE_MS : retryAfter * 1000, over.signal)
    }
  })
  return async () => {
    over.abort()
    await Promise.all(all)
  }
}

/** Waits, unless it is over before. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {})
}

function summary(completions: readonly Completion[], operation: string) {
  return summaryOf(completions.filter((one) => one.operation === operation))
}

function summaryOf(completions: readonly Completion[]) {
  const times = completions.map((one) => one.ms).sort((a, b) => a - b)
  const quantile = (q: number) => times[Math.max(0, Math.ceil(q * times.length) - 1)] ?? Number.NaN
  const failed = completions.filter(({ type }) => type !== 'ok').length
  return { calls: times.length, failed, p50: quantile(0.5), p99: quantile(0.99) }
}

function ms({ p50, p99 }: { p50: number; p99: number }): string {
  return `${p50.toFixed(1)} / ${p99.toFixed(1)}`
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

try {
  await main()
} catch (error) {
  const isUsage = error instanceof TypeError
  process.stderr.write(isUsage ? `${error.message}\n${USAGE}\n` : `failed: ${(error as Error).stack}\n`)
  process.exitCode = 1
}
