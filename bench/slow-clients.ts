import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import type { Completion, HistoryEvent } from '../chaos/history/events.ts'
import { History } from '../chaos/history/history.ts'
import { openLab } from '../chaos/lab/open-lab.ts'
import { Client } from '../chaos/workload/client.ts'
import { OpenLoop } from '../chaos/workload/open-loop.ts'
import { populate } from '../chaos/workload/populate.ts'
import { Population } from '../chaos/workload/population.ts'
import type { Kind, SlowOrders, SlowState } from './slow-clients/sockets.ts'

const USAGE = `usage: npm run slow-clients [-- OPTION ...]
  --sockets N  how many slow sockets at once (500)
  --seconds N  how long each phase lasts (16: longer than they need to come and the server waits for a request)
  --rounds N   idle and slow by turns, so often for each kind (2)`

const KINDS: readonly Kind[] = ['header', 'body', 'read']
/** Operations per second, all the time. */
const LOAD = { verify: 100 }
/** The p99 under slow clients may be so many times the idle one. */
const LIMIT = 3
const SETTINGS = { LOG_LEVEL: 'error', LOGIN_RATE_LIMIT: '100000/1m', BCRYPT_COST: '4' }

async function main(): Promise<number> {
  const text = (fallback: string) => ({ type: 'string', default: fallback }) as const
  const { values } = parseArgs({ options: { sockets: text('500'), seconds: text('16'), rounds: text('2') } })
  const [sockets = 0, seconds = 0, rounds = 0] = [values.sockets, values.seconds, values.rounds].map(Number)
  if (![sockets, seconds, rounds].every((n) => n > 0))
    throw new TypeError('--sockets, --seconds and --rounds take numbers')

  await using lab = await openLab({ driver: 'local', settings: SETTINGS })
  const auth = await lab.startInstance()
  using history = new History({ scenario: 'slow-clients' })
  await using client = new Client({ history, to: auth })
  const population = new Population(() => history.now())
  await populate({ client, population }, { accounts: 8, sessionsEach: 2 })
  await using load = new OpenLoop({ client, population, mix: LOAD })
  load.start()
  const workerData: SlowOrders = { url: auth.url, sockets }
  const thread = new Worker(new URL('./slow-clients/sockets.ts', import.meta.url), { workerData })
  let state: SlowState = { open: 0, closed: 0 }
  thread.on('message', (told: SlowState) => {
    state = told
  })

  const wrong: string[] = []
  print('| slow clients | idle p50 / p99 | meanwhile | ratio | closed by the server |\n| --- | --- | --- | --- | --- |')
  for (const kind of KINDS) {
    process.stderr.write(`${kind}\n`)
    const found: Record<'idle' | 'busy', Completion[]> = { idle: [], busy: [] }
    let closed = 0
    for (let round = 0; round < rounds; round += 1) {
      found.idle.push(...(await watch(history, seconds)))
      thread.postMessage(kind)
      found.busy.push(...(await watch(history, seconds)))
      closed += state.closed
      thread.postMessage('end')
    }
    const [idle, busy] = [summary(found.idle), summary(found.busy)]
    const ratio = busy.p99 / idle.p99
    print(`| ${sockets}, slow ${kind} | ${ms(idle)} | ${ms(busy)} | ${ratio.toFixed(1)} | ${closed} |`)
    if (busy.failed > 0) wrong.push(`${kind}: ${busy.failed} of ${busy.calls} verifications were not ok`)
    if (!(ratio <= LIMIT)) wrong.push(`${kind}: the p99 of verify is ${ratio.toFixed(1)} times the idle one`)
    if (kind !== 'read' && closed < rounds * sockets)
      wrong.push(`${kind}: ${closed} of ${rounds * sockets} were closed`)
  }
  await thread.terminate()
  await load.stop()
  for (const line of wrong) print(`violation: ${line}`)
  print(`${KINDS.length * 3 - wrong.length} passed, ${wrong.length} failed`)
  return wrong.length === 0 ? 0 : 1
}

/** The verifications that ended in that time. */
async function watch(history: History, seconds: number): Promise<Completion[]> {
  const seen: Completion[] = []
  const stopWatching = history.subscribe((event: HistoryEvent) => {
    const ended = event.type === 'ok' || event.type === 'fail' || event.type === 'info'
    if (ended && event.operation === 'verify') seen.push(event)
  })
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  stopWatching()
  return seen
}

function summary(completions: readonly Completion[]) {
  const times = completions.map((one) => one.ms).sort((a, b) => a - b)
  const quantile = (q: number) => times[Math.max(0, Math.ceil(q * times.length) - 1)] ?? Number.NaN
  const failed = completions.filter(({ type }) => type !== 'ok').length
  return { calls: times.length, failed, p50: quantile(0.5), p99: quantile(0.99) }
}

function ms({ p50, p99 }: { p50: number; p99: number }): string {
  return `${p50.toFixed(1)} / ${p99.toFixed(1)} ms`
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

try {
  process.exitCode = await main()
} catch (error) {
  const isUsage = error instanceof TypeError
  process.stderr.write(isUsage ? `${error.message}\n${USAGE}\n` : `failed: ${(error as Error).stack}\n`)
  process.exitCode = 1
}
