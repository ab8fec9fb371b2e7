import { createHash } from 'node:crypto'
import t from 'tap'
import { renderReport } from '../../../chaos/report/report.ts'
import { call, event, journalOf, scenarioOf, verdictOf } from './events.ts'
import { sample } from './sample.ts'

const { journal, history } = sample({ rate: 20 })
const page = renderReport(journal, history)

t.test('the policy allows just the scripts and styles that the page has', async (t) => {
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1] ?? ''
  t.match(policy, /^default-src 'none'; /)
  t.notMatch(policy, /unsafe|https?:|\*/)
  const inline = [...page.matchAll(/<(?:script|style)>(.*?)<\/(?:script|style)>/gs)].map(([, text = '']) => text)
  t.equal(inline.length, 3, 'one style, uPlot, our script')
  for (const text of inline) {
    t.ok(policy.includes(`'sha256-${createHash('sha256').update(text).digest('base64')}'`))
  }
  t.notMatch(page, / style="/, 'it would not be allowed')
  t.notMatch(page, / on[a-z]+="/)
})

t.test('the page refers to nothing outside of itself', async (t) => {
  const references = [...page.matchAll(/ (?:src|href|action|srcset)="([^"]*)"/g)].map(([, target = '']) => target)
  t.ok(references.length > 5)
  t.strictSame(
    references.filter((target) => !target.startsWith('#') && !target.startsWith('data:')),
    [],
  )
  const ids = new Set([...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id))
  for (const target of references.filter((each) => each.startsWith('#'))) t.ok(ids.has(target.slice(1)), target)
})

t.test('it tells the numbers', async (t) => {
  for (const text of [
    '2 claims broken',
    'users logged out wrongly: 37',
    'Each point is 250 ms',
    'There is no prometheus on the PATH.',
    'Breaker of auth-2 to redis',
    'Alert redisUnavailable',
    'critical, tokenforge: redis is unavailable',
    'redis killed, healed at 24.9 s: 3 operations had failed, all worked again after',
    'The breaker of auth-1 to redis was open for',
    '37 violations',
    'and 17 more',
    '6.42 s of 5 s',
  ]) {
    t.ok(page.includes(text), text)
  }
})

t.test('names and reasons are text, whatever is in them', async (t) => {
  const nasty = '<script>alert(1)</script>'
  const end = "</script></style>--><img src=x onerror='alert(2)'>\u2028\uD800"
  const odd = scenarioOf({
    name: nasty,
    title: end,
    outcome: 'failed',
    reason: end,
    steps: [{ text: end, ok: false, at: 5, detail: nasty }],
    verdicts: [verdictOf({ check: nasty, claim: end, violations: [end] })],
    recoveries: [{ name: end, ms: 5, boundMs: 0 }],
  })
  const events = [
    event(0, { type: 'phase', phase: end }, nasty),
    event(1, { type: 'fault', fault: 'f', name: end, target: nasty, stage: 'strike' }, nasty),
    event(2, { type: 'breaker', instance: end, dependency: 'redis', state: 'open', reason: end }, nasty),
    ...call(10, 5).map((each) => ({ ...each, scenario: nasty })),
  ]
  const about = { [nasty]: end }
  const odder = renderReport({ ...journalOf(odd, odd), run: end, startedAt: nasty, about }, events)
  const scripts = (text: string) => text.match(/<script/g)?.length
  t.equal(scripts(odder), scripts(page), 'no script more than in any other page')
  t.equal(odder.match(/<\/script/g)?.length, 3)
  t.notMatch(odder, /<img/)
  t.match(odder, /id="scenario--script-alert-1-script-"/)
  t.match(odder, /id="scenario--script-alert-1-script--2"/, 'an id occurs once')
})

t.test('a run with nothing in it is a page that says so', async (t) => {
  const empty = renderReport(journalOf(scenarioOf()), [])
  t.match(empty, /Nothing was judged/)
  t.match(empty, /users logged out wrongly: not judged/)
  t.match(empty, /No request was recorded/)
})

t.test('a run of hours stays small: the page holds buckets, not events', async (t) => {
  const hours = renderReport(journalOf(scenarioOf({ to: 8 * 3_600_000 })), endless(8 * 3_600_000))
  t.ok(hours.length < 600_000, `${hours.length} characters`)
})

function* endless(length: number) {
  for (let at = 0; at < length; at += 500) yield* call(at, 5 + (at % 7))
}
