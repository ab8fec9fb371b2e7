import type { Verdict } from '../../../chaos/checks/verdict.ts'
import type { Journal, ScenarioResult } from '../../../chaos/report/journal.ts'

/** The journal of the sample run: one scenario passed, one failed, one skipped. */
export function sampleJournal(): Journal {
  return {
    run: '2026-03-14-0926-local',
    startedAt: '2026-03-14T09:26:53.000Z',
    driver: 'local',
    about: { node: '24.21.0', postgres: '18.4', redis: '8.2.1', instances: '2', seed: '7' },
    scenarios: [zombieDb, redisKill, alerts],
  }
}

const claim = (check: string, claim: string, judged: number, violations: readonly string[] = []): Verdict => {
  return { check, claim, judged, violations }
}

const zombieDb: ScenarioResult = {
  name: 'zombie-db',
  title: 'The database is stopped: login is refused at once, nothing hangs, and access tokens still verify.',
  outcome: 'passed',
  from: 0,
  to: 40_000,
  steps: [
    { text: 'the steady state is steady', ok: true, at: 9_700, detail: '2,375 requests, all answered' },
    { text: 'Postgres answers nobody, past the app', ok: true, at: 10_240, detail: 'ECONNREFUSED' },
    { text: 'login is 503 with Retry-After', ok: true, at: 10_600 },
    { text: 'an existing access token still verifies', ok: true, at: 10_640 },
    { text: 'login works again', ok: true, at: 26_100 },
  ],
  verdicts: [
    claim('registrations-kept', 'An acknowledged registration is never lost.', 298),
    claim('sessions-survive', 'No honest client loses its session.', 1_431),
    claim('breaker-order', 'The breaker goes closed, open, half-open, closed, and lets one call through.', 18),
    claim('deadline', 'No request takes longer than its deadline.', 9_750),
    claim('verify-always', 'Tokens verify through every fault that is not the death of the instance.', 6_335),
  ],
  recoveries: [
    { name: 'login after Postgres is back', ms: 1_180, boundMs: 5_000 },
    { name: 'breaker closed on every instance', ms: 1_280, boundMs: 5_000 },
  ],
}

const lostSessions = Array.from(
  { length: 20 },
  (_, i) => `${(68.01 + 0.037 * i).toFixed(3)} s: session ${(0x5a31f0 + 977 * i).toString(16)} refused with 401`,
)

const redisKill: ScenarioResult = {
  name: 'redis-kill',
  title: 'Redis is killed: login is refused without checking a password, and after the heal all sessions are intact.',
  outcome: 'failed',
  from: 42_000,
  to: 82_000,
  steps: [
    { text: 'the steady state is steady', ok: true, at: 51_700 },
    { text: 'Redis answers nobody, past the app', ok: true, at: 52_250, detail: 'ECONNREFUSED' },
    { text: 'login is 503 and no password was checked', ok: true, at: 52_700 },
    { text: 'every session refreshes after the heal', ok: false, at: 69_400, detail: '37 of 412 answered 401' },
  ],
  verdicts: [
    claim('breaker-order', 'The breaker goes closed, open, half-open, closed, and lets one call through.', 20),
    claim('sessions-survive', 'No honest client loses its session.', 1_402, [...lostSessions, 'and 17 more']),
    claim('password-budget', 'Passwords checked for an account never exceed the budget.', 0),
    claim('deadline', 'No request takes longer than its deadline.', 9_750),
  ],
  recoveries: [
    { name: 'refresh after Redis is back', ms: 6_420, boundMs: 5_000 },
    { name: 'login after Redis is back', ms: 2_310, boundMs: 5_000 },
  ],
}

const alerts: ScenarioResult = {
  name: 'alerts',
  title: 'The shipped Prometheus rules fire within their bound for each fault and clear after the heal.',
  outcome: 'skipped',
  reason: 'There is no prometheus on the PATH.',
  from: 82_000,
  to: 82_000,
  steps: [],
  verdicts: [],
  recoveries: [],
}
