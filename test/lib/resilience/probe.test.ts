import t from 'tap'
import { Probe } from '../../../lib/resilience/probe.ts'
import { until } from '../../fixtures/app.ts'

/** A probe whose checks end when the test says so. */
function held(intervalMs: () => number) {
  const open: (() => void)[] = []
  let checks = 0
  let atOnce = 0
  let mostAtOnce = 0
  const probe = new Probe(async () => {
    checks += 1
    atOnce += 1
    mostAtOnce = Math.max(mostAtOnce, atOnce)
    await new Promise<void>((resolve) => open.push(resolve))
    atOnce -= 1
  }, intervalMs)
  return { probe, checks: () => checks, mostAtOnce: () => mostAtOnce, endOne: () => open.shift()?.() }
}

t.test('the first check comes at once, and the start waits for its end', async (t) => {
  const { probe, checks, endOne } = held(() => 1)
  t.teardown(() => probe.stop())
  let started = false
  const start = probe.start().then(() => (started = true))
  t.equal(checks(), 1)
  await new Promise(setImmediate)
  t.equal(started, false)
  endOne()
  await start
  t.equal(checks(), 1)
  await until(() => checks() === 2)
})

t.test('never two checks at once', async (t) => {
  const { probe, checks, mostAtOnce, endOne } = held(() => 1)
  t.teardown(() => probe.stop())
  const joined = [probe.start(), probe.now(), probe.now()]
  t.equal(checks(), 1, 'who asks meanwhile joins the check that is under way')
  endOne()
  await Promise.all(joined)
  for (let round = 2; round < 5; round++) {
    await until(() => checks() === round)
    const more = [probe.now(), probe.now()]
    t.equal(checks(), round)
    endOne()
    await Promise.all(more)
  }
  t.equal(mostAtOnce(), 1)
})

t.test('a check between two takes the place of the next', async (t) => {
  let checks = 0
  const probe = new Probe(
    async () => {
      checks += 1
    },
    () => 3_600_000,
  )
  t.teardown(() => probe.stop())
  await probe.start()
  await probe.now()
  t.equal(checks, 2)
})

t.test('the interval is asked anew after each check', async (t) => {
  const intervals = [1, 2, 3_600_000]
  let checks = 0
  const probe = new Probe(
    async () => {
      checks += 1
    },
    () => intervals.shift() ?? 0,
  )
  t.teardown(() => probe.stop())
  await probe.start()
  await until(() => intervals.length === 0)
  t.equal(checks, 3)
})

t.test('stopped, it checks no more', async (t) => {
  const { probe, checks, endOne } = held(() => 1)
  await probe.now()
  t.equal(checks(), 0, 'nor before it was started')
  const start = probe.start()
  probe.stop()
  endOne()
  await start
  await probe.now()
  t.equal(checks(), 1)
})

t.test('a fresh check begins after the call, and many calls share it', async (t) => {
  const { probe, checks, mostAtOnce, endOne } = held(() => 3_600_000)
  t.teardown(() => probe.stop())
  const start = probe.start()
  const fresh = [probe.fresh(), probe.fresh(), probe.fresh()]
  t.equal(checks(), 1, 'one that is under way may have looked before')
  endOne()
  await start
  await until(() => checks() === 2)
  endOne()
  await Promise.all(fresh)
  t.strictSame([checks(), mostAtOnce()], [2, 1])
})

t.test('a flood of calls for a fresh check is a trickle of checks', async (t) => {
  const begun: number[] = []
  const check = async () => {
    begun.push(performance.now())
  }
  const probe = new Probe(check, () => 3_600_000)
  await probe.start()
  for (let i = 0; i < 3; i++) await Promise.all(Array.from({ length: 100 }, () => probe.fresh()))
  t.equal(begun.length, 4)
  for (const [i, at] of begun.entries()) if (i > 0) t.ok(at - (begun[i - 1] ?? 0) >= 48, 'apart')
  probe.stop()
  await probe.fresh()
  t.equal(begun.length, 4, 'none when it has been stopped')
})

t.test('how long the last check took', async (t) => {
  const times = [1000, 1250, 2000, 2010]
  t.intercept(performance, 'now', { value: () => times.shift() ?? 0 })
  const probe = new Probe(
    async () => {},
    () => 3_600_000,
  )
  t.equal(probe.lastMs, 0)
  await probe.start()
  t.equal(probe.lastMs, 250)
  await probe.now()
  t.equal(probe.lastMs, 10)
  probe.stop()
})

t.test('it keeps no process alive', async (t) => {
  const timers = () => process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length
  const before = timers()
  const probe = new Probe(
    async () => {},
    () => 3_600_000,
  )
  await probe.start()
  t.equal(timers(), before, 'only timers that hold the process are listed')
  probe.stop()
})

t.test('an interval longer than a timer can hold does not become none', async (t) => {
  let checks = 0
  const probe = new Probe(
    async () => {
      checks += 1
    },
    () => 30 * 86_400_000,
  )
  t.teardown(() => probe.stop())
  await probe.start()
  const witness = Promise.withResolvers<void>()
  setTimeout(witness.resolve, 5)
  await witness.promise
  t.equal(checks, 1, 'a timer of 5 ms that was set later has come first')
})
