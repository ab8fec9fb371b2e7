import t from 'tap'
import { middleOf, slopeOf } from '../../bench/figures/figures.ts'
import { goalText, isMet, ratiosOf } from '../../bench/figures/ratios.ts'
import { SPECS } from '../../bench/figures/specs.ts'
import { ratioTable, short } from '../../bench/figures/table.ts'

const figure = (name: string, ...samples: number[]) => ({ name, unit: 'per second', samples })

t.test('the middle of an odd and of an even number of samples, and how far they are apart', async (t) => {
  t.same(middleOf([3, 1, 2]), { median: 2, lowest: 1, highest: 3 })
  t.same(middleOf([4, 1, 2, 3]), { median: 2.5, lowest: 1, highest: 4 })
  t.same(middleOf([]).median, Number.NaN)
})

t.test('a slope is that of the line through the points', async (t) => {
  t.equal(
    slopeOf([
      [0, 1],
      [1, 3],
      [2, 5],
    ]),
    2,
  )
  t.same(slopeOf([[1, 1]]), Number.NaN)
})

t.test('a ratio is made round by round, so a machine that grows slow changes none', async (t) => {
  const [ratio] = ratiosOf([{ name: 'r', of: 'a', over: 'b' }], [figure('a', 10, 5, 20), figure('b', 20, 10, 40)])
  t.match(ratio, { name: 'r', median: 0.5, lowest: 0.5, highest: 0.5 })
})

t.test('a ratio of which a figure was not measured is left out', async (t) => {
  t.same(ratiosOf([{ name: 'r', of: 'a', over: 'b' }], [figure('a', 1)]), [])
})

t.test('goals are bounds of the median', async (t) => {
  t.equal(isMet({ median: 0.5, goal: { atLeast: 0.5 } }), true)
  t.equal(isMet({ median: 2.1, goal: { atMost: 2 } }), false)
  t.equal(isMet({ median: 1 }), undefined)
  t.same([goalText({ atLeast: 1 }), goalText({ atMost: 2 }), goalText(undefined)], ['≥ 1', '≤ 2', ''])
})

t.test('the table has a row for each ratio, with its spread and verdict', async (t) => {
  const table = ratioTable([
    { name: 'refresh', samples: [], median: 0.81234, lowest: 0.7, highest: 1200, goal: { atLeast: 0.9 } },
  ])
  t.equal(table.split('\n').at(-1), '| refresh | 0.812 | 0.7 to 1,200 | ≥ 0.9 | **missed** |')
  t.equal(short(Number.NaN), '-')
})

t.test('every ratio has a name of its own, and what is guarded has a goal', async (t) => {
  t.equal(new Set(SPECS.map(({ name }) => name)).size, SPECS.length)
  for (const { name, guarded, goal } of SPECS) if (guarded === true) t.ok(goal, name)
})
