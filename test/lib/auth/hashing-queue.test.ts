import t from 'tap'
import { HashingQueue, type Place } from '../../../lib/auth/hashing-queue.ts'
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
  const places = fill(queue)
  for (let i = 0; i < 3; i++) {
    t.throws(() => queue.admit(), {
      code: 'overloaded',
      statusCode: 503,
      details: { dependency: 'password-hashing', retryAfterMs: 1100 },
    })
  }
  t.match({ admitted: queue.admitted, shed: queue.shed }, { admitted: 22, shed: 3 })
  places[0]?.release()
  t.doesNotThrow(() => queue.admit())
  t.throws(() => queue.admit())
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
