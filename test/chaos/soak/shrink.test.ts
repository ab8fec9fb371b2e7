import t from 'tap'
import type { Disturbance, Episode } from '../../../chaos/soak/plan.ts'
import { problemOf } from '../../../chaos/soak/read-plan.ts'
import { shrink } from '../../../chaos/soak/shrink.ts'
import { halve, keepOnly } from '../../../chaos/soak/trim.ts'

const at = (seconds: number, lasts = 1, target: Disturbance['target'] = 'redis'): Disturbance => ({
  id: `${target} ${seconds}`,
  at: seconds * 1000,
  lasts: lasts * 1000,
  kind: 'frozen',
  target,
})
const episode: Episode = {
  number: 1,
  seed: 5,
  ms: 60_000,
  load: [0, 20_000, 40_000].map((at) => ({ at, mood: `from ${at}`, mix: { verify: 1 } })),
  disturbances: [at(5), at(10, 8), at(22, 4), at(28), at(33, 6, 'postgres'), at(50)],
}
const always = () => true

t.test('an episode is cut to what is kept, with the same distances and the same load', async (t) => {
  const kept = [at(22, 4), at(33, 6, 'postgres')]
  const short = keepOnly(episode, kept)
  t.strictSame(
    short.disturbances.map(({ at, lasts }) => [at, lasts]),
    [
      [2000, 4000],
      [13_000, 6000],
    ],
  )
  t.equal(short.ms, 22_000)
  t.strictSame(short.load, [
    { ...episode.load[1], at: 0 },
    { ...episode.load[2], at: 20_000 },
  ])
  t.equal(problemOf(short), undefined)
})

t.test('at the edges of an episode', async (t) => {
  t.match(keepOnly(episode, [at(0)]), { ms: 5000, disturbances: [{ at: 0 }] }, 'no lead before its beginning')
  const ends = { ...episode, ms: 51_000 }
  t.match(keepOnly(ends, [at(50)]), { ms: 3000, disturbances: [{ at: 2000 }] }, 'and none after its end')
  t.match(keepOnly(episode, []), { ms: 5000, disturbances: [], load: [episode.load[0]] }, 'the load alone')
})

t.test('one disturbance is made shorter', async (t) => {
  const short = halve(keepOnly(episode, [at(10, 8)]), 'redis 10')
  t.match(short, { ms: 9000, disturbances: [{ at: 2000, lasts: 4000 }] })
})

/** An episode fails when Postgres is frozen for so long after Redis was. */
function needs(ms: number) {
  const asked: Episode[] = []
  return {
    asked,
    fails: async (one: Episode) => {
      asked.push(one)
      const redis = one.disturbances.find(({ target }) => target === 'redis')
      const postgres = one.disturbances.find(({ target }) => target === 'postgres')
      return redis !== undefined && postgres !== undefined && postgres.lasts >= ms
    },
  }
}

t.test('fewer disturbances, and then shorter ones', async (t) => {
  const { fails, asked } = needs(1200)
  const shortest = await shrink(episode, { fails, goOn: always })
  t.equal(shortest?.disturbances.length, 2)
  t.match(shortest?.disturbances.at(-1), { target: 'postgres', lasts: 1500 })
  t.ok(
    asked.every((one) => problemOf(one) === undefined),
    'all that was played could be played',
  )
})

t.test('an episode that does not fail again was played twice', async (t) => {
  const { fails, asked } = needs(60_000)
  t.equal(await shrink(episode, { fails, goOn: always }), undefined)
  t.strictSame(asked, [episode, episode])
})

t.test('it may fail at the second attempt', async (t) => {
  let turn = 0
  const fails = async (one: Episode) => {
    turn += 1
    return turn === 2 || (turn > 2 && one.disturbances.some(({ target }) => target === 'postgres'))
  }
  t.strictSame(
    (await shrink(episode, { fails, goOn: always }))?.disturbances.map(({ target }) => target),
    ['postgres'],
  )
})

t.test('when the time is up, the shortest so far is the answer', async (t) => {
  const { fails, asked } = needs(1)
  t.equal(await shrink(episode, { fails, goOn: () => asked.length < 1 }), episode)
  const later = needs(1)
  const some = await shrink(episode, { fails: later.fails, goOn: () => later.asked.length < 5 })
  t.equal(later.asked.length, 5)
  t.ok(await needs(1).fails(some ?? episode), 'and it fails')
})
