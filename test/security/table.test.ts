import t from 'tap'
import { ATTACKS } from './attacks.ts'
import { essenceOf, missingIn, renderTable } from './table/render.ts'
import { resultsIn } from './table/results.ts'

const TAP = `TAP version 14
# Subtest: something else
    ok 1 - yes
    1..1
ok 1 - something else # time=1ms

# Subtest: A1: a first thing
    ok 1 - yes
    # Subtest: deeper
        ok 1 - yes # SKIP why
        1..1
    ok 2 - deeper # time=1ms
    ok 3
    1..3
ok 2 - A1: a first thing # time=1ms

# Subtest: A2: a|b
    ok 1 - yes
    not ok 2 - no
      ---
      diff: "ok 1"
      ...
    1..2
not ok 3 - A2: a|b # time=1ms

# Subtest: A3: what does not end
    ok 1 - yes
`

t.test('what an attack tried is told by its name, how much by its assertions', async (t) => {
  t.strictSame(resultsIn(TAP), [
    { id: 'A1', tried: 'a first thing', checks: 3, held: true },
    { id: 'A2', tried: 'a|b', checks: 2, held: false },
    { id: 'A3', tried: 'what does not end', checks: 1, held: false },
  ])
})

t.test('the table has every id, and an id that nobody tries is told', async (t) => {
  const results = resultsIn(TAP)
  const rows = essenceOf(renderTable(results))
  t.strictSame(
    rows.map(([id]) => id),
    Object.keys(ATTACKS),
  )
  t.strictSame(rows[0], ['A1', ATTACKS.A1.name, 'a first thing', 'held', ''])
  t.strictSame(rows[1]?.slice(2, 4), ['a\\|b', '**failed**'])
  t.strictSame(rows[3]?.slice(2, 4), ['', '**failed**'])
  t.equal(missingIn(results).length, Object.keys(ATTACKS).length - 3)
  t.strictSame(missingIn(Object.keys(ATTACKS).map((id) => ({ id, tried: '', checks: 1, held: true }) as never)), [])
})
