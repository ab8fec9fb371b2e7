import t from 'tap'
import { baselineOf, check } from '../../bench/figures/check.ts'

const ratio = (name: string, median: number, guarded = true) => ({
  ...{ name, median, guarded, samples: [median], lowest: median, highest: median },
})

t.test('only what is guarded is kept', async (t) => {
  t.same(baselineOf([ratio('refresh', 0.812345), ratio('mix', 1, false)]), { refresh: 0.8123 })
})

t.test('a ratio may fall by a third of its stored median, no further', async (t) => {
  const goods = (median: number) => check([ratio('refresh', median)], { refresh: 0.9 }).map(({ good }) => good)
  t.same([goods(1.2), goods(0.61), goods(0.59)], [[true], [true], [false]])
})

t.test('what was not measured has failed', async (t) => {
  t.match(check([], { refresh: 0.9 }), [{ good: false, line: 'refresh: was not measured' }])
  t.match(check([ratio('refresh', Number.NaN)], { refresh: 0.9 }), [{ good: false }])
})
