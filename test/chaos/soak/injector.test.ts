import t from 'tap'
import type { FaultEvent } from '../../../chaos/history/events.ts'
import { Injector } from '../../../chaos/soak/injector.ts'
import type { Disturbance } from '../../../chaos/soak/plan.ts'
import { VirtualTime } from './virtual-time.ts'

const one = (id: string, at: number, lasts: number, more: Partial<Disturbance> = {}): Disturbance => ({
  ...{ id, at, lasts, kind: 'frozen', target: 'redis', ...more },
})

interface Behaviour {
  /** How long a strike takes. */
  readonly slow?: number
  readonly proof?: () => boolean
  readonly fails?: 'strike' | 'heal' | 'heal once'
}

/** An injector on virtual time, and what it did: `<time> <strike or heal> <id>`. */
function injectorOf(behaviour: Behaviour = {}) {
  const { slow = 0, proof = () => true, fails } = behaviour
  const time = new VirtualTime()
  const done: string[] = []
  const events: FaultEvent[] = []
  let heals = 0
  const injector = new Injector({
    timeline: time,
    faultOf: ({ id, target }) => ({
      name: 'frozen',
      target,
      async strike() {
        if (slow > 0) await time.until(time.now() + slow)
        done.push(`${time.now()} strike ${id}`)
        if (fails === 'strike') throw new Error('it would not freeze')
      },
      proof: async () => proof(),
      async heal() {
        heals += 1
        done.push(`${time.now()} heal ${id}`)
        if (fails === 'heal' || (fails === 'heal once' && heals === 1)) throw new Error('it would not thaw')
      },
    }),
    deed: async ({ id }) => void done.push(`${time.now()} deed ${id}`),
    record: (event) => events.push(event),
    onBegin: () => {},
  })
  return { injector, time, done, events }
}

t.test('each is struck and healed in its time, and what overlaps does', async (t) => {
  const { injector, time, done, events } = injectorOf()
  const plan = [
    one('c', 900, 0, { kind: 'rotate', target: 'keys' }),
    one('a', 100, 2000),
    one('b', 500, 3000, { target: 'postgres' }),
  ]
  await time.pass(injector.play(plan))
  t.strictSame(done, ['100 strike a', '500 strike b', '900 deed c', '2100 heal a', '3500 heal b'])
  t.equal(injector.faults, 2)
  t.strictSame(injector.problems, [])
  const stages = (id: string) => events.filter(({ fault }) => fault === id).map(({ stage }) => stage)
  t.strictSame(stages('a'), ['strike', 'struck', 'heal', 'healed'])
  t.strictSame(stages('b'), ['strike', 'struck', 'heal', 'healed'])
})

t.test('a fault lasts from when it holds; what shares its lane waits, however long that took', async (t) => {
  const { injector, time, done } = injectorOf({ slow: 3000 })
  await time.pass(
    injector.play([one('a', 0, 1000), one('b', 1500, 4000), one('c', 1500, 3500, { target: 'postgres' })]),
  )
  t.strictSame(done, ['3000 strike a', '4000 heal a', '4500 strike c', '7000 strike b', '8000 heal c', '11000 heal b'])
})

t.test('a fault that stands alone must be seen to hold', async (t) => {
  const { injector, time, done, events } = injectorOf({ proof: () => false })
  await time.pass(injector.play([one('a', 0, 2000)]))
  t.strictSame(injector.problems, ['redis frozen for 2.0 s: it was not seen to hold'])
  t.strictSame(done, ['0 strike a', '2000 heal a'])
  t.strictSame(
    events.map(({ stage }) => stage),
    ['strike', 'heal', 'healed'],
  )
})

t.test(
  'one that overlaps another of its dependency is not looked for, nor one that is too short to be seen',
  async (t) => {
    const { injector, time } = injectorOf({ proof: () => false })
    const slow = one('b', 500, 1000, { kind: 'latency', ms: 50 })
    await time.pass(injector.play([one('a', 0, 2000), slow, one('c', 5000, 300)]))
    t.strictSame(injector.problems, [])
  },
)

t.test('a reply that nobody wanted is not lost', async (t) => {
  const lost = one('a', 0, 500, { kind: 'lost reply' })
  const unmet = injectorOf({ proof: () => false })
  await unmet.time.pass(unmet.injector.play([lost]))
  t.strictSame(unmet.injector.problems, [])
  t.strictSame(
    unmet.events.map(({ stage }) => stage),
    ['strike', 'heal', 'healed'],
    'it did not happen',
  )
  const met = injectorOf()
  await met.time.pass(met.injector.play([lost]))
  t.strictSame(
    met.events.map(({ stage }) => stage),
    ['strike', 'struck', 'heal', 'healed'],
  )
})

t.test('what could not be struck is healed at once, and told', async (t) => {
  const { injector, time, done } = injectorOf({ fails: 'strike' })
  await time.pass(injector.play([one('a', 0, 2000), one('b', 3000, 10)]))
  t.strictSame(injector.problems, [
    'redis frozen for 2.0 s: it would not freeze',
    'redis frozen for 0.0 s: it would not freeze',
  ])
  t.strictSame(done, ['0 strike a', '0 heal a', '3000 strike b', '3000 heal b'])
})

t.test('what could not be healed is healed in the end, or is an error', async (t) => {
  const once = injectorOf({ fails: 'heal once' })
  await once.time.pass(once.injector.play([one('a', 0, 100)]))
  t.strictSame(once.injector.problems, ['redis frozen for 0.1 s: it would not thaw'])
  await once.injector.healAll()
  await once.injector.healAll()
  t.strictSame(once.done, ['0 strike a', '100 heal a', '100 heal a'], 'and then never again')
  const never = injectorOf({ fails: 'heal' })
  await never.time.pass(never.injector.play([one('a', 0, 100)]))
  await t.rejects(never.injector.healAll(), /could not heal: .*it would not thaw/)
})

t.test('ended early, nothing more is struck, and what holds is healed at once', async (t) => {
  const { injector, time, done } = injectorOf()
  const deed = one('d', 300, 0, { kind: 'rotate', target: 'keys' })
  const playing = injector.play([one('a', 100, 5000), deed, one('b', 6000, 1000)])
  const stopping = time.until(1000).then(() => time.end())
  await time.pass(Promise.all([playing, stopping]))
  t.strictSame(done, ['100 strike a', '300 deed d', '1000 heal a'])
  t.strictSame(injector.problems, [])
})
