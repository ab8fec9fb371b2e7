import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { UsageError } from '../../../chaos/runner/arguments.ts'
import { makePlan } from '../../../chaos/soak/make-plan.ts'
import type { Disturbance, Episode } from '../../../chaos/soak/plan.ts'
import { readPlan } from '../../../chaos/soak/read-plan.ts'

const folder = t.testdir()
const file = join(folder, 'plan.json')
const plan = makePlan(3, 1)
const [episode] = plan.episodes as [Episode]

function read(content: unknown) {
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return readPlan(file)
}
function refuses(t: Test, content: unknown, what: RegExp) {
  t.throws(() => read(content), what)
  try {
    read(content)
  } catch (error) {
    t.ok(error instanceof UsageError)
  }
}
function withOne(...disturbances: Partial<Disturbance>[]) {
  const base = { id: '1', at: 0, lasts: 100, kind: 'frozen', target: 'redis' }
  return { ...plan, episodes: [{ ...episode, disturbances: disturbances.map((one) => ({ ...base, ...one })) }] }
}

t.test('what was written is read again', async (t) => {
  t.strictSame(read(plan), plan)
})

t.test('what is no plan is refused, with the reason', async (t) => {
  t.throws(() => readPlan(join(folder, 'none.json')), /--plan .*none\.json: ENOENT/)
  refuses(t, '{', /--plan .*plan\.json: .*JSON/)
  refuses(t, { ...plan, version: 2 }, /\/version/)
  refuses(t, { ...plan, episodes: [] }, /\/episodes/)
  refuses(t, withOne({ kind: 'sleepy' as 'frozen' }), /\/episodes\/0\/disturbances\/0\/kind/)
})

t.test('what can not be played is refused', async (t) => {
  refuses(t, withOne({ kind: 'out of memory', target: 'postgres' }), /1: there is no out of memory of postgres/)
  refuses(t, withOne({}, { id: '2', kind: 'stopped' }), /1 and 2 contradict each other/)
  refuses(t, withOne({ at: episode.ms }), /1 lasts beyond the end/)
  refuses(t, withOne({ kind: 'latency' }), /1: a latency without ms/)
  refuses(t, withOne({ kind: 'logout burst', target: 'clients' }), /1: a burst without a count/)
  const load = [{ at: 0, mood: 'odd', mix: { dance: 1 } }]
  refuses(t, { ...plan, episodes: [{ ...episode, load }] }, /clients do not know how to dance/)
})
