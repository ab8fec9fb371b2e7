import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Happening } from '../../../chaos/history/events.ts'
import type { AuthInstance } from '../../../chaos/lab/lab.ts'
import { openLab } from '../../../chaos/lab/open-lab.ts'
import { call, newSession, until } from '../../fixtures/app.ts'
import { checkFaults } from './faults-hold.ts'

const SETTINGS = {
  SIGNING_ALG: 'ES256',
  BCRYPT_COST: '4',
  BREAKER_HALF_OPEN_AFTER: '300ms',
  // Nothing is sent to Postgres that no client has asked for.
  HEALTH_PROBE_INTERVAL: '1h',
  SHUTDOWN_GRACE: '300ms',
}

const events: Happening[] = []
const resultsFolder = t.testdir()
const options = { driver: 'local', settings: SETTINGS, onEvent: (event: Happening) => events.push(event) } as const
const lab = await openLab({ ...options, resultsFolder })
t.teardown(() => lab[Symbol.asyncDispose]())

const has = (event: Partial<Happening>) =>
  events.some((each) => Object.entries(event).every(([key, value]) => Reflect.get(each, key) === value))
const on = ({ url }: AuthInstance) => ({
  call: (method: string, path: string, options = {}) => call(url, method, path, options),
})

t.test('instances share their stores, keep their port over restarts, and tell what happens to them', async (t) => {
  const [one, two] = [await lab.startInstance(), await lab.startInstance({ name: 'other' })]
  t.same(lab.instances, [one, two])
  const { access_token: token } = await newSession(on(one))
  t.equal((await on(two).call('GET', '/auth/me', { token })).status, 200)
  t.equal((await on(two).call('GET', '/admin/keys', { token: lab.adminKey })).status, 200)
  for (const instance of ['auth-1', 'other']) {
    t.ok(has({ type: 'process', instance, stage: 'started' }) && has({ type: 'process', instance, stage: 'ready' }))
    t.ok(has({ type: 'breaker', instance, dependency: 'postgres', state: 'closed' }))
    t.ok(has({ type: 'traffic', instance, dependency: 'redis', kind: 'call' }))
  }

  const { url, pid } = one
  await one.start()
  t.equal(one.pid, pid, 'a start changes nothing when it runs')
  t.ok((lab.postgres.network.links.get('auth-1')?.open ?? 0) > 0)
  // What the audit log still has to write it would write at the end.
  await until(async () => /^tokenforge_audit_backlog_events 0$/m.test((await on(one).call('GET', '/metrics')).body))
  events.length = 0
  t.equal(await one.stop(), 'exit code 0')
  t.equal(one.pid, undefined)
  t.ok(has({ type: 'process', pid: pid as number, stage: 'exited', how: 'exit code 0', wanted: true }))
  t.notOk(has({ instance: 'auth-1', dependency: 'postgres', kind: 'call' }), 'to give up a connection is no call')
  await one.start()
  t.equal(one.url, url)
  process.kill(one.pid as number, 'SIGKILL')
  await until(() => has({ type: 'process', stage: 'exited', how: 'SIGKILL', wanted: false }))
  t.match(readFileSync(join(resultsFolder, 'auth-1.log'), 'utf8'), /breaker is closed/)
  t.notOk(has({ type: 'log' }), 'nothing that must not be')
  t.match(await lab.about(), { node: process.version, postgres: /^\d+\.\d+/, redis: /^\d+\.\d+/ })
})

t.test('every fault holds when it was struck, and not after the heal', (t) => checkFaults(t, lab))

t.test('a server can be started with something loaded in front of it; what it says there is told', async (t) => {
  const module = join(t.testdir(), 'in-front.mjs')
  writeFileSync(module, 'process.stdout.write("not a word of JSON\\n"); process.exit(3)\n')
  {
    await using other = await openLab({ ...options, imports: [module] })
    await t.rejects(other.startInstance(), /auth-1 did not start: .*exit code 3\)\nnot a word of JSON/)
  }
  t.ok(events.some((each) => each.type === 'log' && each.text === 'not a word of JSON'))
})
