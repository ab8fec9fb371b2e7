import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import type { Completion, HistoryEvent } from '../chaos/history/events.ts'
import { History } from '../chaos/history/history.ts'
import { openLab } from '../chaos/lab/open-lab.ts'
import { Client } from '../chaos/workload/client.ts'
import { OpenLoop } from '../chaos/workload/open-loop.ts'
import { populate } from '../chaos/workload/populate.ts'
import { Population } from '../chaos/workload/population.ts'
import type { StormOrders } from './login-storm/clients.ts'

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

  const accounts = population.accounts.map(({ email, password }) => ({ email, password }))
  const orders = { to: { name: auth.name, url: auth.url }, accounts, clients }
  const storm = await startStorm(values.rude ? { ...orders, rudePauseMs: RUDE_PAUSE_MS } : orders)

  const found: Record<'idle' | 'storm', Completion[]> = { idle: [], storm: [] }
  const logins: Completion[] = []
  for (let round = 1; round <= rounds; round += 1) {
    process.stderr.write(`round ${round} of ${rounds}\n`)
    found.idle.push(...(await watch(history, seconds)))
    storm.postMessage('begin')
    found.storm.push(...(await watch(history, seconds)))
    storm.postMessage('end')
    logins.push(...(await once(storm, 'message'))[0])
  }
  await storm.terminate()
  await load.stop()
  print('| operation | idle p50 / p99 | under the storm | ratio |\n| --- | --- | --- | --- |')
  for (const operation of STEADY) {
    const [idle, busy] = [summary(found.idle, operation), summary(found.storm, operation)]
    const ratio = `${(busy.p50 / idle.p50).toFixed(1)} / ${(busy.p99 / idle.p99).toFixed(1)}`
    print(`| ${operation} | ${ms(idle)} | ${ms(busy)}, ${busy.failed} of ${busy.calls} not ok | ${ratio} |`)
  }
  const [done, shed] = [logins.filter(({ type }) => type === 'ok'), logins.filter(({ code }) => code === 'overloaded')]
  print(
    `${logins.length} logins of ${clients} clients: ${done.length} done, ${shed.length} shed as overloaded, the rest ${logins.length - done.length - shed.length}`,
  )
  print(
    `logins done per second: ${(done.length / (rounds * seconds)).toFixed(1)}; a refusal took ${ms(summaryOf(shed))} ms`,
  )
}

/** Resolves when the thread of the storm waits for the storm to begin. */
async function startStorm(workerData: StormOrders): Promise<Worker> {
  const storm = new Worker(new URL('./login-storm/clients.ts', import.meta.url), { workerData })
  await once(storm, 'message')
  return storm
}

/** What ended in that time. */
async function watch(history: History, seconds: number): Promise<Completion[]> {
  const seen: Completion[] = []
  const stopWatching = history.subscribe((event: HistoryEvent) => {
    if (event.type === 'ok' || event.type === 'fail' || event.type === 'info') seen.push(event)
  })
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  stopWatching()
  return seen
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
