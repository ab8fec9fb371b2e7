import t from 'tap'
import { seededRandom } from '../../../chaos/workload/random.ts'
import { type Arrival, Schedule } from '../../../chaos/workload/schedule.ts'

/** All that is due within so many milliseconds, taken in one go as after a long pause. */
function arrivals(mix: Record<string, number>, ms: number, seed?: number): Arrival<string>[] {
  const schedule = new Schedule(mix, 1000, seed === undefined ? undefined : seededRandom(seed))
  const all: Arrival<string>[] = []
  for (let next = schedule.take(1000 + ms); next !== undefined; next = schedule.take(1000 + ms)) all.push(next)
  return all
}

t.test('each action has its rate, whatever the pause before it is asked', async (t) => {
  const all = arrivals({ verify: 300, refresh: 50, login: 0.5, logout: 0 }, 10_000)
  const count = (action: string) => all.filter((one) => one.action === action).length
  t.strictSame([count('verify'), count('refresh'), count('login'), count('logout')], [3000, 500, 5, 0])
  t.ok(
    all.every(({ due }, i) => due >= (all[i - 1]?.due ?? 0)),
    'in order',
  )
  const gaps = all
    .filter(({ action }) => action === 'verify')
    .map(({ due }, i, list) => due - (list[i - 1]?.due ?? due))
  t.ok(
    gaps.slice(1).every((gap) => Math.abs(gap - 1000 / 300) < 1e-6),
    'even gaps',
  )
})

t.test('with a seed it is a Poisson process, and the same one again', async (t) => {
  const all = arrivals({ verify: 100 }, 100_000, 7)
  t.ok(Math.abs(all.length - 10_000) < 400, `${all.length} of 10,000 expected; 100 is the standard deviation`)
  const gaps = all.map(({ due }, i) => due - (all[i - 1]?.due ?? 1000))
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
  const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length)
  t.ok(Math.abs(deviation / mean - 1) < 0.05, `the gaps deviate by their mean: ${deviation} of ${mean}`)
  const plan = (seed: number) => JSON.stringify(arrivals({ verify: 100 }, 100_000, seed))
  t.ok(plan(7) === JSON.stringify(all), 'the same seed')
  t.notOk(plan(8) === JSON.stringify(all), 'another one')
})

t.test('it tells when the next is due', async (t) => {
  const schedule = new Schedule({ login: 2, verify: 4 }, 1000)
  t.equal(schedule.nextDue, 1000 + 500 / 3)
  t.equal(schedule.take(1000), undefined, 'not yet')
  t.equal(new Schedule({}, 0).nextDue, Number.POSITIVE_INFINITY)
})

t.test('seeds that are alike begin with different numbers', async (t) => {
  const first = Array.from({ length: 2000 }, (_, seed) => seededRandom(seed).float())
  const mean = first.reduce((sum, one) => sum + one, 0) / first.length
  t.ok(Math.abs(mean - 0.5) < 0.02, `mean ${mean}`)
  t.ok(new Set(Array.from({ length: 100 }, (_, seed) => seededRandom(seed).int(1000))).size > 80)
})
