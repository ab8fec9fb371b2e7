import t from 'tap'
import { HashingQueue, type Place } from '../../../lib/auth/hashing-queue.ts'
import type { AppError } from '../../../lib/errors.ts'
import { fakeClock } from '../../fixtures/fake-clock.ts'

function newQueue(expectedMs = 100) {
  const clock = fakeClock()
  const queue = new HashingQueue({ concurrency: 2, maxWaitMs: 1000, expectedMs, monotonic: clock.monotonic })
  return { clock, queue }
}

function fill(queue: HashingQueue): Place[] {
  return Array.from({ length: queue.capacity }, () => queue.admit())
}

t.test('who would wait too long is refused at once', async (t) => {
  const { queue } = newQueue()
  t.equal(queue.capacity, 22, '2 at work, and 20 who wait for up to 1 s')
  queue.refuseIfFull()
  const places = fill(queue)
  for (const refuse of [() => queue.admit(), () => queue.refuseIfFull()]) {
    t.throws(refuse, { code: 'overloaded', statusCode: 503, details: { dependency: 'password-hashing' } })
  }
  t.match({ admitted: queue.admitted, shed: queue.shed }, { admitted: 22, shed: 2 })
  places[0]?.release()
  t.doesNotThrow(() => queue.admit())
  t.throws(() => queue.admit())
})

/** When the refused are told to come back, in milliseconds. */
function retryAfter(queue: HashingQueue, refusals: number): number[] {
  return Array.from({ length: refusals }, () => {
    try {
      queue.refuseIfFull()
      return Number.NaN
    } catch (error) {
      return (error as AppError).details.retryAfterMs ?? Number.NaN
    }
  })
}

t.test('who is refused is told to come back after those who were refused before', async (t) => {
  const { clock, queue } = newQueue()
  fill(queue)
  t.strictSame(retryAfter(queue, 3), [1100, 1150, 1200], 'when the 22 of the queue are through, one each 50 ms')
  clock.advance(60)
  t.strictSame(retryAfter(queue, 1), [1190])
  clock.advance(10_000)
  t.strictSame(retryAfter(queue, 1), [1100], 'those have come')
})

t.test('nobody is sent away for long: however many are refused, they are spread over ten seconds', async (t) => {
  const { queue } = newQueue()
  fill(queue)
  const told = retryAfter(queue, 1000)
  t.equal(Math.max(...told), 11_050)
  for (let second = 2; second < 11; second += 1) {
    const coming = told.filter((ms) => Math.floor(ms / 1000) === second).length
    t.equal(coming, 100, `${coming} come in second ${second}`)
  }
})

t.test('a place is given back once, however often it is released', async (t) => {
  const { queue } = newQueue()
  const [one, other] = [queue.admit(), queue.admit()]
  one.release()
  one.release()
  t.equal(queue.admitted, 1)
  other.release()
  t.equal(queue.admitted, 0)
})

t.test('a caller that has gone away keeps its place until its work has ended', async (t) => {
  const { queue } = newQueue()
  const place = queue.admit()
  const { promise, resolve } = Promise.withResolvers<void>()
  const work = place.run(() => promise)
  place.release()
  place.release()
  t.equal(queue.admitted, 1)
  resolve()
  await work
  t.equal(queue.admitted, 0)
})

t.test('as many run at once as there may, the others in their turn', async (t) => {
  const { queue } = newQueue()
  const running = new Set<number>()
  let most = 0
  const order: number[] = []
  const work = (i: number) => async () => {
    running.add(i)
    most = Math.max(most, running.size)
    await new Promise(setImmediate)
    running.delete(i)
    order.push(i)
    return i
  }
  const results = fill(queue).map((place, i) => place.run(work(i)).finally(() => place.release()))
  t.strictSame(await Promise.all(results), [...results.keys()])
  t.equal(most, 2)
  t.strictSame(order, [...results.keys()])
  t.equal(queue.admitted, 0)
})

t.test('slower hashes make the queue shorter, faster ones longer', async (t) => {
  const { clock, queue } = newQueue()
  const hash = async (ms: number) => {
    const place = queue.admit()
    await place.run(async () => clock.advance(ms))
    place.release()
  }
  for (let i = 0; i < 50; i++) await hash(1000)
  t.equal(queue.capacity, 4)
  for (let i = 0; i < 50; i++) await hash(10)
  t.ok(queue.capacity > 150, `${queue.capacity}`)
  for (let i = 0; i < 100; i++) await hash(0)
  t.equal(queue.capacity, 2002, 'bounded also when a hash takes no time at all')
})

t.test('a hash that takes longer than anybody may wait: as many as run at once', async (t) => {
  const { queue } = newQueue(5000)
  t.equal(queue.capacity, 2)
  fill(queue)
  t.throws(() => queue.admit(), { code: 'overloaded', details: { retryAfterMs: 5000 } })
})

t.test('work that fails tells its caller, and the place can be used again', async (t) => {
  const { queue } = newQueue()
  const place = queue.admit()
  await t.rejects(
    place.run(() => Promise.reject(new Error('no'))),
    { message: 'no' },
  )
  t.equal(queue.capacity, 22, 'and is no measure of how long a hash takes')
  t.equal(await place.run(async () => 'yes'), 'yes')
  place.release()
  t.equal(queue.admitted, 0)
})
