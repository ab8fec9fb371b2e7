import t from 'tap'
import { TOO_BUSY, uncounted, wasTooBusy } from '../../../chaos/soak/busy.ts'
import { failedChecks, type PlayedEpisode } from '../../../chaos/soak/episode.ts'
import { makePlan } from '../../../chaos/soak/make-plan.ts'
import { complaints, totalsOf } from '../../../chaos/soak/totals.ts'
import { NOBODY } from '../../../chaos/soak/veterans.ts'

const [episode] = makePlan(1, 1).episodes as [PlayedEpisode['episode']]

/** An episode in which these checks failed, and `no-500` held. */
function playedWith(...failed: string[]): PlayedEpisode {
  const verdicts = [
    { check: 'no-500', claim: 'none', judged: 5, violations: [] },
    ...failed.map((check) => ({ check, claim: `${check} holds`, judged: 5, violations: ['1 s: no', '2 s: no'] })),
  ]
  const result = { name: 'episode-1', title: '', outcome: 'failed' as const, from: 0, to: 1, steps: [], recoveries: [] }
  const numbers = { unjudged: ['one-trial'], loggedOut: 1, operations: 10, faults: 2 }
  return { episode, result: { ...result, verdicts }, ...numbers, veterans: NOBODY }
}

t.test('an episode counts for nothing when the machine alone can have been at fault', async (t) => {
  t.ok(wasTooBusy(playedWith('load-kept-up')))
  t.ok(wasTooBusy(playedWith('load-kept-up', 'bounded', 'recovers')))
  t.notOk(wasTooBusy(playedWith()))
  t.notOk(wasTooBusy(playedWith('bounded')), 'the load was sent in time')
  t.notOk(wasTooBusy(playedWith('load-kept-up', 'sessions-survive')), 'nobody loses a session by that')
  const left = uncounted(playedWith('load-kept-up'))
  t.match(left.result, { outcome: 'skipped', reason: TOO_BUSY })
  t.strictSame(failedChecks(left), [])
})

t.test('all episodes together', async (t) => {
  const totals = totalsOf([playedWith(), playedWith('bounded', 'one-trial'), uncounted(playedWith('load-kept-up'))])
  t.strictSame(totals, {
    passed: ['no-500'],
    failed: ['bounded', 'one-trial'],
    unjudged: [],
    operations: 30,
    faults: 6,
    loggedOut: 3,
  })
  t.strictSame(totalsOf([playedWith()]).unjudged, ['one-trial'])
})

t.test('what failed, in a few lines', async (t) => {
  const { verdicts } = playedWith('bounded').result
  t.strictSame(complaints(verdicts, 1), [
    '  FAIL   bounded: bounded holds',
    '           1 s: no',
    '           and 1 more: see the report',
  ])
  t.strictSame(complaints([{ check: 'audit', claim: 'all', judged: 0, violations: [] }]), [
    '  FAIL   audit: all',
    '           nothing to judge (0)',
  ])
  t.strictSame(complaints(playedWith().result.verdicts), [])
})
