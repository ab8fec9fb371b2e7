import t from 'tap'
import { LocalBudgets } from '../../../lib/auth/local-budgets.ts'
import { fakeClock } from '../../fixtures/fake-clock.ts'

function setUp() {
  const clock = fakeClock()
  return { clock, budgets: new LocalBudgets(clock.monotonic) }
}

t.test('calls are counted in a window that begins with the first', async (t) => {
  const { clock, budgets } = setUp()
  t.strictSame(budgets.take('a', 1000), { count: 1, resetMs: 1000 })
  clock.advance(400)
  t.strictSame(budgets.take('a', 1000), { count: 2, resetMs: 600 })
  clock.advance(599)
  t.strictSame(budgets.take('a', 1000), { count: 3, resetMs: 1 })
  clock.advance(1)
  t.strictSame(budgets.take('a', 1000), { count: 1, resetMs: 1000 })
})

t.test('each subject has its own', async (t) => {
  const { budgets } = setUp()
  for (let i = 0; i < 5; i++) budgets.take('a', 1000)
  t.equal(budgets.take('b', 1000).count, 1)
  t.equal(budgets.take('a', 1000).count, 6)
})

t.test('a wall clock that is set changes nothing', async (t) => {
  const { clock, budgets } = setUp()
  budgets.take('a', 1000)
  clock.jump(86_400_000)
  t.equal(budgets.take('a', 1000).count, 2)
  clock.jump(-2 * 86_400_000)
  t.equal(budgets.take('a', 1000).count, 3)
})

t.test('ten thousand subjects are remembered; then the oldest window is forgotten', async (t) => {
  const { clock, budgets } = setUp()
  budgets.take('first', 10_000)
  clock.advance(1)
  for (let i = 1; i < 10_000; i++) budgets.take(`subject ${i}`, 10_000)
  t.equal(budgets.take('first', 10_000).count, 2, 'still there')
  budgets.take('one more', 10_000)
  t.equal(budgets.take('subject 1', 10_000).count, 2)
  t.equal(budgets.take('subject 9999', 10_000).count, 2)
  t.equal(budgets.take('first', 10_000).count, 1)
})

t.test('a window that has begun anew is not the oldest', async (t) => {
  const { clock, budgets } = setUp()
  budgets.take('first', 10)
  for (let i = 1; i < 10_000; i++) budgets.take(`subject ${i}`, 10_000)
  clock.advance(10)
  budgets.take('first', 10_000)
  budgets.take('one more', 10_000)
  t.equal(budgets.take('first', 10_000).count, 2)
  t.equal(budgets.take('subject 1', 10_000).count, 1)
})
