import t from 'tap'
import { collide, lanesOf } from '../../../chaos/soak/lanes.ts'
import { makePlan } from '../../../chaos/soak/make-plan.ts'
import { type Disturbance, describe, INSTANCES, isFault, type Plan } from '../../../chaos/soak/plan.ts'
import { problemOf } from '../../../chaos/soak/read-plan.ts'

const SEEDS = 300
const MINUTES = [0.2, 1, 3, 20]
const PLANS: readonly Plan[] = Array.from({ length: SEEDS }, (_, i) => makePlan(i * 7919, MINUTES[i % 4] ?? 1))
const ALL: readonly Disturbance[] = PLANS.flatMap(({ episodes }) => episodes.flatMap((one) => one.disturbances))

t.test('the same seed and minutes give the same plan, another seed another one', async (t) => {
  t.strictSame(makePlan(7, 3), makePlan(7, 3))
  t.notSame(makePlan(7, 3).episodes, makePlan(8, 3).episodes)
  t.strictSame(JSON.parse(JSON.stringify(makePlan(7, 3))), makePlan(7, 3), 'it is plain data')
})

t.test('no two of them contradict each other, and all is healed at the end', async (t) => {
  for (const { seed, minutes, episodes } of PLANS) {
    const problems = episodes.flatMap((episode) => problemOf(episode) ?? [])
    if (problems.length > 0) t.fail(`seed ${seed}, ${minutes} min: ${problems.join(', ')}`)
  }
  t.comment(`${ALL.length} disturbances`)
})

t.test('one instance is always there', async (t) => {
  for (const { episodes } of PLANS) {
    for (const { disturbances } of episodes) {
      const down = disturbances.filter(({ target, kind }) => target.startsWith('auth-') && kind !== 'cut off')
      const both = down.some((a, i) => down.slice(i + 1).some((b) => a.at < b.at + b.lasts && b.at < a.at + a.lasts))
      if (both) t.fail(`both at once in ${disturbances.map(describe).join(', ')}`)
    }
  }
})

t.test('an episode has its faults in order, each with a name of its own, and a load from its beginning', async (t) => {
  for (const { episodes } of PLANS) {
    for (const { number, disturbances, load } of episodes) {
      const times = disturbances.map(({ at }) => at)
      t.strictSame(
        times,
        times.toSorted((a, b) => a - b),
      )
      t.equal(new Set(disturbances.map(({ id }) => id)).size, disturbances.length)
      t.ok(disturbances.some(isFault), `episode ${number} has a fault`)
      t.equal(load[0]?.at, 0)
    }
  }
})

t.test('everything that there is comes up', async (t) => {
  const seen = new Set(ALL.map(({ kind, target, link }) => `${target} ${kind}${link === undefined ? '' : ' of one'}`))
  const network = ['black-holed', 'refused', 'reset on every call', 'latency']
  const dependencies = ['postgres', 'redis'].flatMap((target) =>
    [
      ...network,
      ...network.map((kind) => `${kind} of one`),
      'stopped',
      'killed',
      'frozen',
      'read-only',
      'lost reply',
    ].map((what) => `${target} ${what}`),
  )
  const instances = INSTANCES.flatMap((name) => ['killed', 'restarted', 'cut off'].map((kind) => `${name} ${kind}`))
  const others = ['postgres out of connections', 'redis out of memory', 'keys rotate', 'keys revoke all']
  t.strictSame([...seen].sort(), [...dependencies, ...instances, ...others, 'clients logout burst'].sort())
})

t.test(
  'faults of different things overlap, an instance goes down while a dependency is away, and some are long',
  async (t) => {
    let [overlaps, restarts] = [0, 0]
    for (const { disturbances } of PLANS.flatMap(({ episodes }) => episodes)) {
      for (const [i, a] of disturbances.entries()) {
        const during = disturbances.slice(i + 1).filter((b) => isFault(a) && isFault(b) && b.at < a.at + a.lasts)
        overlaps += during.length
        restarts += during.filter(({ target }) => target.startsWith('auth-') && !a.target.startsWith('auth-')).length
      }
    }
    t.ok(overlaps > SEEDS, `${overlaps} overlaps`)
    t.ok(restarts > SEEDS / 3, `${restarts} times an instance went down during a fault`)
    t.ok(ALL.some(({ lasts }) => lasts > 10_000) && ALL.some(({ lasts, kind }) => lasts < 500 && kind === 'stopped'))
  },
)

t.test('about as many minutes as were asked for', async (t) => {
  for (const { minutes, episodes } of PLANS.filter((plan) => plan.minutes >= 1)) {
    const played = episodes.reduce((sum, { ms }) => sum + ms + 15_000, 0)
    t.ok(Math.abs(played - minutes * 60_000) < 1000)
  }
})

const one: Disturbance = { id: '1', at: 1000, lasts: 2000, kind: 'frozen', target: 'redis' }

t.test('what contradicts what', async (t) => {
  const against = (other: Partial<Disturbance>) => collide(one, { ...one, id: '2', ...other })
  t.ok(against({ kind: 'stopped' }), 'a frozen server can not be stopped')
  t.ok(against({ kind: 'read-only' }), 'nor be told anything')
  t.ok(against({ at: 3400 }), 'it rests for a moment')
  t.notOk(against({ at: 3600 }))
  t.notOk(against({ target: 'postgres' }))
  t.notOk(against({ kind: 'latency', ms: 5 }), 'its network is another thing')
  const linked: Disturbance = { ...one, kind: 'refused', link: 'auth-1' }
  t.notOk(collide(linked, { ...linked, link: 'auth-2' }), 'each link is one')
  t.ok(collide(linked, { ...one, kind: 'latency', ms: 5 }), 'the whole network is all of them')
  t.ok(collide(linked, { ...one, kind: 'cut off', target: 'auth-1' }))
  t.notOk(collide(linked, { ...one, kind: 'cut off', target: 'auth-2' }))
  const crash: Disturbance = { ...one, kind: 'killed', target: 'auth-1' }
  t.ok(collide(crash, { ...crash, kind: 'restarted', target: 'auth-2' }))
  t.notOk(collide(crash, one))
})

t.test('what there is not has no lane', async (t) => {
  for (const [kind, target] of [
    ['out of memory', 'postgres'],
    ['frozen', 'auth-1'],
    ['rotate', 'clients'],
    ['revoke all', 'redis'],
  ] as const) {
    t.throws(() => lanesOf({ ...one, kind, target }), new RegExp(`there is no ${kind} of ${target}`))
  }
  t.throws(() => lanesOf({ ...one, kind: 'stopped', link: 'auth-1' }), /there is no stopped of redis for auth-1/)
})

t.test('in words', async (t) => {
  t.equal(describe(one), 'redis frozen for 2.0 s')
  const slow: Disturbance = { ...one, kind: 'latency', ms: 450, link: 'auth-2' }
  t.equal(describe(slow), 'redis 450 ms latency for auth-2, for 2.0 s')
  t.equal(describe({ ...one, kind: 'rotate', target: 'keys', lasts: 0 }), 'rotate')
  t.equal(describe({ ...one, kind: 'logout burst', target: 'clients', count: 7 }), 'logout burst: 7')
})
