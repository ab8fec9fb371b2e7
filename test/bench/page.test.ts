import t from 'tap'
import { figureTable } from '../../bench/figures/markdown.ts'
import { chartsOf } from '../../bench/page/chart-data.ts'
import { renderPage } from '../../bench/page/page.ts'

const figures = [
  { name: 'refresh | TokenForge', unit: 'per core second', samples: [3, 1, 2] },
  { name: 'refresh | plain stack', unit: 'per core second', samples: [1, 1, 1] },
  { name: 'refresh | TokenForge | wall', unit: 'per second', samples: [9] },
  { name: 'RSA sign | alone', unit: 'per core second', samples: [5] },
  { name: 'resident memory | TokenForge', unit: 'MiB', samples: [1, 2, 3, 4, 5, 6] },
]

t.test('an operation has a chart with those who did it, and many samples of one thing are a course', async (t) => {
  const [refresh, memory, ...more] = chartsOf(figures)
  t.match(refresh, { title: 'refresh', labels: ['TokenForge', 'plain stack'], median: [2, 1], lowest: [1, 1] })
  t.match(memory, { title: 'resident memory', median: [1, 2, 3, 4, 5, 6] })
  t.same(more, [])
})

t.test('the page escapes what it shows and allows no script but its own', async (t) => {
  const ratios = [{ name: '<b>', samples: [1], median: 1, lowest: 1, highest: 1, goal: { atLeast: 2 } }]
  const about = { processor: 'x < y' }
  const page = renderPage({ date: '2026-01-01T00:00:00Z', about, rounds: 3, quick: false, ratios, figures })
  t.match(page, '&lt;b&gt;')
  t.match(page, 'x &lt; y')
  t.match(page, "default-src 'none'")
  t.match(page, 'class="missed"')
})

t.test('the table has figures by what was done and by whom, without those by the wall clock', async (t) => {
  const lines = figureTable(figures).split('\n')
  t.equal(lines[2], '| refresh | TokenForge | 2 | 1 to 3 | per core second |')
  t.notMatch(lines.join('\n'), 'wall')
})
