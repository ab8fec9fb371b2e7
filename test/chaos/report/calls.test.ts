import t from 'tap'
import { type Call, latencyOf, quantile, summarize } from '../../../chaos/report/calls.ts'
import { outcomeOf } from '../../../chaos/report/outcome.ts'

t.test('a quantile is the smallest value with that share at or below it', async (t) => {
  const hundred = Array.from({ length: 100 }, (_, i) => i + 1)
  t.equal(quantile(hundred, 0.5), 50)
  t.equal(quantile(hundred, 0.99), 99)
  t.equal(quantile([7], 0.5), 7)
  t.equal(quantile([7], 0.99), 7)
  t.equal(quantile([1, 2], 0.5), 1)
  t.equal(quantile([1, 2, 3], 0.5), 2)
  t.equal(quantile([], 0.5), null)
})

t.test('latencies are of the raw times, in whatever order they came', async (t) => {
  t.strictSame(latencyOf([30, 10, 20]), { p50: 20, p99: 30, max: 30 })
  t.strictSame(latencyOf([]), { p50: null, p99: null, max: null })
})

t.test('what became of a request', async (t) => {
  t.equal(outcomeOf({ type: 'ok', status: 200 }), 'ok')
  t.equal(outcomeOf({ type: 'fail', status: 401 }), 'verdict')
  t.equal(outcomeOf({ type: 'info', status: 503 }), 'refused')
  t.equal(outcomeOf({ type: 'info', status: 500 }), 'lost')
  t.equal(outcomeOf({ type: 'info' }), 'lost')
})

t.test('a summary counts and measures each outcome by itself', async (t) => {
  const calls: Call[] = [
    { operation: 'login', outcome: 'ok', due: 0, ms: 10 },
    { operation: 'login', outcome: 'ok', due: 1, ms: 30 },
    { operation: 'login', outcome: 'refused', due: 2, ms: 1 },
    { operation: 'login', outcome: 'lost', due: 3 },
  ]
  const nothing = { p50: null, p99: null, max: null }
  t.strictSame(summarize(calls), {
    total: 4,
    counts: { ok: 2, refused: 1, verdict: 0, lost: 1 },
    latency: {
      ok: { p50: 10, p99: 30, max: 30 },
      refused: { p50: 1, p99: 1, max: 1 },
      verdict: nothing,
      lost: nothing,
    },
    max: 30,
  })
})
