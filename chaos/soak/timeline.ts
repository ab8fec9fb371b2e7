import { setTimeout as sleep } from 'node:timers/promises'

/** The time of an episode: milliseconds since its disturbed part began. */
export interface Timeline {
  now(): number
  /** Resolves at that time; at once when it is past, or when the episode is to end early. Never rejects. */
  until(ms: number): Promise<void>
  /** Ends the episode early: nothing new begins, and what holds is healed. */
  readonly signal: AbortSignal
}

/** A timeline that begins now. */
export function startTimeline(signal: AbortSignal): Timeline {
  const begin = performance.now()
  const now = () => performance.now() - begin
  return {
    now,
    signal,
    until: (ms) => sleep(Math.max(0, ms - now()), undefined, { signal }).catch(() => {}),
  }
}
