import t, { type Test } from 'tap'
import type { AuthInstance, Dependency, DependencyName, Lab } from '../../../chaos/lab/lab.ts'
import { openNetwork } from '../../../chaos/net/network.ts'
import { faultOf } from '../../../chaos/soak/fault-of.ts'
import { makePlan } from '../../../chaos/soak/make-plan.ts'
import { type Disturbance, INSTANCES, isFault } from '../../../chaos/soak/plan.ts'
import { until } from '../../fixtures/app.ts'
import { openClient, startEchoServer } from '../net/echo-server.ts'

/** A lab of two echo servers instead of databases, with instances that only note what is done to them. */
async function labOf(t: Test) {
  const done: string[] = []
  const dependency = async (name: DependencyName): Promise<Dependency> => {
    const { url } = await startEchoServer(t)
    const network = openNetwork(url)
    t.teardown(() => network.close())
    for (const instance of INSTANCES) await network.link(instance)
    const verb = (what: string) => async () => void done.push(`${name} ${what}`)
    const [stop, kill, start, freeze, thaw] = ['stop', 'kill', 'start', 'freeze', 'thaw'].map(verb)
    return { name, network, server: { url, stop, kill, start, freeze, thaw } as Dependency['server'] }
  }
  const instances = INSTANCES.map((name): AuthInstance => {
    const note = async (what: string) => `${done.push(`${name} ${what}`)}`
    const kill = async () => void (await note('kill'))
    return { name, url: '', pid: 1, stop: () => note('stop'), kill, start: async () => void (await note('start')) }
  })
  const lab = { postgres: await dependency('postgres'), redis: await dependency('redis'), instances } as unknown as Lab
  /** Whether what an instance says to a dependency is answered. */
  const answers = async (name: DependencyName, instance: string, text = 'hello') => {
    const { socket, state } = openClient(t, lab[name].network.links.get(instance)?.port ?? 0)
    socket.write(text)
    await until(() => state.answers !== '' || state.ended !== '')
    return state.answers === text
  }
  return { lab, done, answers }
}

const one: Disturbance = { id: '1', at: 0, lasts: 100, kind: 'frozen', target: 'redis' }

t.test('there is a fault for everything that is planned', async (t) => {
  const { lab } = await labOf(t)
  const planned = makePlan(5, 60).episodes.flatMap(({ disturbances }) => disturbances.filter(isFault))
  for (const each of planned) t.type(faultOf(each, lab).strike, 'function')
  t.throws(() => faultOf({ ...one, kind: 'rotate' }, lab), /there is no redis/)
  t.throws(() => faultOf({ ...one, kind: 'frozen', link: 'auth-1' }, lab), /frozen is nothing that happens to a link/)
})

t.test('what happens to a server, or to an instance', async (t) => {
  const { lab, done } = await labOf(t)
  for (const [kind, target] of [
    ['frozen', 'redis'],
    ['killed', 'postgres'],
    ['killed', 'auth-1'],
    ['restarted', 'auth-2'],
  ] as const) {
    const fault = faultOf({ ...one, kind, target }, lab)
    await fault.strike()
    await fault.heal()
  }
  const instances = ['auth-1 kill', 'auth-1 start', 'auth-2 stop', 'auth-2 start']
  t.strictSame(done, ['redis freeze', 'redis thaw', 'postgres kill', 'postgres start', ...instances])
  t.equal(faultOf({ ...one, kind: 'killed', target: 'auth-1' }, lab).target, 'auth-1')
  t.not(faultOf({ ...one, kind: 'restarted', target: 'auth-1' }, lab).target, 'auth-1', 'nobody is excused')
})

t.test('one link fails, and the others do not', async (t) => {
  const { lab, answers } = await labOf(t)
  for (const kind of ['refused', 'reset on every call'] as const) {
    const fault = faultOf({ ...one, kind, link: 'auth-1' }, lab)
    t.match(fault, { name: `${kind} for auth-1`, target: 'redis' })
    await fault.strike()
    t.notOk(await answers('redis', 'auth-1'), kind)
    t.ok(await answers('redis', 'auth-2'))
    t.ok(await answers('postgres', 'auth-1'))
    await fault.heal()
    t.ok(await answers('redis', 'auth-1'), 'healed')
  }
})

t.test('an instance is cut off from both', async (t) => {
  const { lab, answers } = await labOf(t)
  const fault = faultOf({ ...one, kind: 'cut off', target: 'auth-2' }, lab)
  t.match(fault, { name: 'black-holed for auth-2', target: 'both' })
  const clients = (['postgres', 'redis'] as const).map((name) =>
    openClient(t, lab[name].network.links.get('auth-2')?.port ?? 0),
  )
  await fault.strike()
  for (const { socket } of clients) socket.write('hello')
  t.ok(await answers('redis', 'auth-1'))
  t.ok(await answers('postgres', 'auth-1'))
  await fault.heal()
  t.ok(await answers('redis', 'auth-2'))
  t.strictSame(
    clients.map(({ state }) => state),
    [
      { answers: '', ended: '' },
      { answers: '', ended: '' },
    ],
    'what was swallowed stays so',
  )
})

t.test('the reply to a call that changes something is lost, once, and only while that is wanted', async (t) => {
  const { lab, answers } = await labOf(t)
  const fault = faultOf({ ...one, kind: 'lost reply' }, lab)
  const change = 'EVALSHA tokenforge:sessions:{1}'
  t.ok(await answers('redis', 'auth-1', change), 'not yet')
  await fault.strike()
  t.ok(await answers('redis', 'auth-1', 'PING'), 'another call')
  t.notOk(await fault.proof())
  t.notOk(await answers('redis', 'auth-2', change), 'this one')
  await until(() => fault.proof())
  t.ok(await answers('redis', 'auth-2', change), 'and no more')
  await fault.strike()
  await fault.heal()
  t.ok(await answers('redis', 'auth-2', change), 'nobody wants it any more')
})
