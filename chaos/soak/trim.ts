import type { Disturbance, Episode } from './plan.ts'

/** Load before the first disturbance and after the last, in milliseconds. */
const LEAD_MS = 2_000
const TAIL_MS = 3_000

/**
 * The episode with these disturbances alone, and no longer than they need. Their distances stay, and so does the load.
 */
export function keepOnly(episode: Episode, kept: readonly Disturbance[]): Episode {
  const first = Math.min(...kept.map(({ at }) => at))
  const start = Number.isFinite(first) ? Math.max(0, first - LEAD_MS) : 0
  const last = Math.max(start + LEAD_MS, ...kept.map(({ at, lasts }) => at + lasts))
  const ms = Math.min(episode.ms - start, last - start + TAIL_MS)
  const steps = episode.load.filter(({ at }, i) => at < start + ms && (episode.load[i + 1]?.at ?? episode.ms) > start)
  return {
    ...episode,
    ms,
    load: steps.map((step) => ({ ...step, at: Math.max(0, step.at - start) })),
    disturbances: kept.map((one) => ({ ...one, at: one.at - start })),
  }
}

/** The same with one disturbance that lasts half as long. */
export function halve(episode: Episode, id: string): Episode {
  const disturbances = episode.disturbances.map((one) =>
    one.id === id ? { ...one, lasts: Math.round(one.lasts / 2) } : one,
  )
  return keepOnly({ ...episode, disturbances }, disturbances)
}
