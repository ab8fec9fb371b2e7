import t, { type Test } from 'tap'
import { allSucceed, alwaysHold, loadKeptUp, lostAnswersForgiven, passes } from '../../../chaos/checks/index.ts'
import type { History } from '../../../chaos/history/history.ts'
import { refreshAs } from '../../../chaos/workload/actions.ts'
import { audit } from '../../../chaos/workload/audit.ts'
import { Balancer } from '../../../chaos/workload/balancer.ts'
import { type Mix, OpenLoop } from '../../../chaos/workload/open-loop.ts'
import { populate } from '../../../chaos/workload/populate.ts'
import { seen, steadyLoad } from '../../../chaos/workload/steady.ts'
import { testEnvironment } from '../../fixtures/app.ts'
import { type ServerProcess, startServerProcess } from '../../fixtures/server-process.ts'
import { startServers } from '../../fixtures/servers.ts'
import { sharedDatabase } from '../../fixtures/shared-postgres.ts'
import { startTcpProxy } from '../../fixtures/tcp-proxy.ts'
import { startClients } from './world.ts'

const { redis } = await startServers(t, { redis: true })
const url = await sharedDatabase(t)
const env = testEnvironment({ postgres: url, redis: redis.url }, { SHUTDOWN_GRACE: '5s' })
const server = await startServerProcess(t, env)
const CROWD = { accounts: 4, sessionsEach: 2 }
const MIX: Mix = { register: 2, login: 3, refresh: 20, verify: 100, me: 20, jwks: 10, logout: 1, verify_ended: 5 }

function targetOf({ url }: ServerProcess, name: string) {
  return { name, url }
}

/** Resolves when so many more operations have been sent. */
async function sent(history: History, count: number): Promise<void> {
  let left = count
  await seen(history, ({ type }) => type === 'invoke' && --left === 0, 20_000)
}

/** A load of that mix, running until the test ends. */
function startLoad(t: Test, options: ConstructorParameters<typeof OpenLoop>[0]): OpenLoop {
  const load = new OpenLoop(options)
  t.teardown(() => load.stop(0))
  load.start()
  return load
}

t.test('a stall can not hide: a frozen server gets the same load, and every waiting client counts', async (t) => {
  const { client, population, history } = startClients(t, targetOf(server, 'auth-1'))
  await populate({ client, population }, CROWD)
  const load = startLoad(t, { client, population, mix: { verify: 200 }, seed: 7 })
  await steadyLoad(history, new Map([['verify', 100]]), { withinMs: 10_000 })
  process.kill(server.pid, 'SIGSTOP')
  const from = history.now()
  await sent(history, 300)
  const to = history.now()
  process.kill(server.pid, 'SIGCONT')
  const rate = (300 / (to - from)) * 1000
  t.ok(rate > 150 && rate < 260, `${Math.round(rate)} of 200 operations per second were sent into the stall`)
  const report = await load.stop()
  t.match(report, { outstanding: 0, missed: {} })
  const events = history.events()
  t.strictSame(
    events.filter((event) => 'ms' in event && event.at > from + 50 && event.at < to),
    [],
    'nobody was answered',
  )
  const stalled = events.filter((event) => event.type === 'ok' && event.at > to)
  const longest = Math.max(...stalled.map((event) => ('ms' in event ? event.ms : 0)))
  t.ok(stalled.length >= 290, `${stalled.length} had waited`)
  t.ok(longest > (to - from) * 0.9, `the longest for ${Math.round(longest)} ms of the ${Math.round(to - from)}`)
  const { violations } = loadKeptUp({ lateMs: 500 }).judge(events)
  t.strictSame(violations, [], `the latest was sent ${Math.round(report.latestMs)} ms late`)
})

t.test('an answer that is lost costs an honest client nothing', async (t) => {
  const proxy = await startTcpProxy(t, server.url)
  const { client, population, history } = startClients(t, { name: 'auth-1', url: proxy.url })
  await populate({ client, population }, CROWD)
  for (let i = 0; i < 5; i += 1) {
    const session = population.takeForRefresh()
    if (session === undefined) throw new Error('there is no session')
    const before = session.refresh
    const lost = proxy.loseReplyTo((request) => request.includes('/auth/refresh'))
    t.match(await refreshAs(session, { client, population }), { type: 'info' }, 'lost')
    await lost
    t.equal(session.refresh, before, 'the client keeps its token')
    t.ok(population.take(session))
    t.match(await refreshAs(session, { client, population }), { type: 'ok' }, 'and comes again with it')
  }
  const verdict = lostAnswersForgiven().judge(history.events())
  t.ok(passes(verdict), `${verdict.judged} judged, ${verdict.violations.join(' | ')}`)
})

t.test('a load and its audit on a server that is well pass all that always holds', async (t) => {
  const { client, population, history } = startClients(t, targetOf(server, 'auth-1'))
  const { pid } = server
  history.record({ type: 'process', instance: 'auth-1', pid, stage: 'started' }, 0)
  history.record({ type: 'process', instance: 'auth-1', pid, stage: 'ready' }, 0)
  await populate({ client, population }, { ...CROWD, victims: 1 })
  const load = startLoad(t, { client, population, mix: { ...MIX, guess: 2 } })
  await sent(history, 500)
  const report = await load.stop()
  t.match(report, { outstanding: 0 })
  const { accounts, sessions, failed } = await audit({ client, population })
  t.ok(accounts >= 5 && sessions >= 8, `${accounts} accounts, ${sessions} sessions`)
  t.equal(failed, 0)
  for (const check of alwaysHold({ marginMs: 2000 })) {
    // The server of a test has no log file.
    if (check.name === 'secrets-not-logged') continue
    const verdict = check.judge(history.events())
    // How late the load is depends on what else the machine does.
    const ok = check.name === 'load-kept-up' ? verdict.judged > 0 : passes(verdict)
    t.ok(ok, `${check.name}: ${verdict.judged} judged, ${verdict.violations.join(' | ')}`)
  }
})

t.test('behind the balancer no request fails when an instance is ended in good order', async (t) => {
  const one = await startServerProcess(t, env)
  const balancer = new Balancer([targetOf(one, 'auth-1'), targetOf(server, 'auth-2')])
  t.teardown(() => balancer[Symbol.asyncDispose]())
  await balancer.look()
  const { client, population, history } = startClients(t, balancer)
  await populate({ client, population }, CROWD)
  const load = startLoad(t, { client, population, mix: { ...MIX, verify_ended: 0 } })
  await sent(history, 200)
  t.equal(await one.end(), 0)
  await sent(history, 200)
  await load.stop()
  const verdict = allSucceed().judge(history.events())
  t.ok(passes(verdict), `${verdict.judged} judged, ${balancer.retried} retried, ${verdict.violations.join(' | ')}`)
  const asked = new Set(history.events().flatMap((event) => (event.type === 'ok' ? [event.instance] : [])))
  t.strictSame([...asked].sort(), ['auth-1', 'auth-2'])
})

t.test('what nobody can do at its time is counted', async (t) => {
  const { client, population, history } = startClients(t, targetOf(server, 'auth-1'))
  const load = startLoad(t, { client, population, mix: { refresh: 100, live: 50 } })
  await sent(history, 10)
  const { missed, sent: count } = await load.stop()
  t.ok((missed.refresh ?? 0) > 10 && count >= 10, JSON.stringify({ missed, count }))
  const samples = history
    .events()
    .flatMap((event) => (event.type === 'sample' ? [event.values.missed_refresh ?? 0] : []))
  t.equal(
    samples.reduce((sum, one) => sum + one, 0),
    missed.refresh,
  )
})
