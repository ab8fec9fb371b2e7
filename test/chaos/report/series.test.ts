import t from 'tap'
import type { Call } from '../../../chaos/report/calls.ts'
import type { Outcome } from '../../../chaos/report/outcome.ts'
import { bucketize, bucketWidth } from '../../../chaos/report/series.ts'

const at = (due: number, ms?: number, outcome: Outcome = 'ok'): Call => {
  return { operation: 'verify', outcome, due, ...(ms !== undefined && { ms }) }
}

t.test('buckets are as wide as the run is long', async (t) => {
  t.equal(bucketWidth(0), 250)
  t.equal(bucketWidth(60_000), 250)
  t.equal(bucketWidth(60_001), 500)
  t.equal(bucketWidth(180_001), 1000)
  t.equal(bucketWidth(3_600_000), 1000)
  t.equal(bucketWidth(12 * 3_600_000), 12_000, 'never more than an hour of seconds')
})

t.test('a call counts in the bucket in which it was due, with the outcome that it had later', async (t) => {
  const calls = [at(0, 5), at(249.9, 15), at(250, 900), at(260, 1, 'refused'), at(270)]
  const { edges, series } = bucketize(calls, 750)
  t.strictSame(edges, [0, 250, 500, 750])
  t.strictSame(series.ok, {
    count: [2, 2, 0],
    perSecond: [8, 8, 0],
    p50: [5, 900, null],
    p99: [15, 900, null],
    max: [15, 900, null],
  })
  t.strictSame(series.refused.count, [0, 1, 0])
  t.strictSame(series.refused.p50, [null, 1, null])
  t.strictSame(series.lost.count, [0, 0, 0])
})

t.test('the last bucket takes the rest, and its rate is of its own width', async (t) => {
  const { edges, series } = bucketize([at(500, 1), at(890, 1), at(900, 1)], 900)
  t.strictSame(edges, [0, 250, 500, 900])
  t.strictSame(series.ok.count, [0, 0, 3], 'its end belongs to it')
  t.strictSame(series.ok.perSecond, [0, 0, 7.5])
})

t.test('what was due outside of the scenario is not drawn', async (t) => {
  t.strictSame(bucketize([at(-1, 1), at(500.1, 1), at(1, 1)], 500).series.ok.count, [1, 0])
})

t.test('a scenario of no length has one empty bucket', async (t) => {
  const { edges, series } = bucketize([], 0)
  t.strictSame(edges, [0, 0])
  t.strictSame(series.ok.perSecond, [0])
})
