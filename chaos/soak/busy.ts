import { failedChecks, type PlayedEpisode } from './episode.ts'

const KEPT_UP = 'load-kept-up'

/** What fails on a machine that has no time for its own processes: who waits for a core answers late, or sheds load. */
const ABOUT_TIME = [
  KEPT_UP,
  'bounded',
  'breaker-order',
  'jwks-always-served',
  'no-io-while-open',
  'one-trial',
  'recovers',
  'refused-at-once',
  'tokens-always-verify',
]

/** What is said of such an episode. */
export const TOO_BUSY = 'this machine was too busy to send its own load in time'

/**
 * Whether nothing can be said of an episode: the load was not sent in time, and nothing failed that can't come from
 * that. Somebody who loses a session or is told something wrong is no matter of time.
 */
export function wasTooBusy(episode: PlayedEpisode): boolean {
  const failed = failedChecks(episode)
  return failed.includes(KEPT_UP) && failed.every((name) => ABOUT_TIME.includes(name))
}

/** The episode as one that counts for nothing. */
export function uncounted(episode: PlayedEpisode): PlayedEpisode {
  const result = { ...episode.result, outcome: 'skipped' as const, reason: TOO_BUSY, verdicts: [] }
  return { ...episode, result, unjudged: [] }
}
