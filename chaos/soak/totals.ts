import { passes, type Verdict } from '../checks/verdict.ts'
import type { PlayedEpisode } from './episode.ts'

/** How a soak went, all episodes together. */
export interface Totals {
  /** Checks that held in each episode that they judged, and those that did not. */
  readonly passed: readonly string[]
  readonly failed: readonly string[]
  /** Checks that had nothing to judge in any episode: what they are about did not happen. */
  readonly unjudged: readonly string[]
  readonly operations: number
  readonly faults: number
  readonly loggedOut: number
}

/** Adds up what the episodes have shown. */
export function totalsOf(episodes: readonly PlayedEpisode[]): Totals {
  const verdicts = Map.groupBy(
    episodes.flatMap(({ result }) => result.verdicts),
    ({ check }) => check,
  )
  const having = (held: boolean) => [...verdicts].flatMap(([name, all]) => (all.every(passes) === held ? [name] : []))
  const sum = (of: (episode: PlayedEpisode) => number) => episodes.reduce((all, one) => all + of(one), 0)
  return {
    passed: having(true),
    failed: having(false),
    unjudged: [...new Set(episodes.flatMap(({ unjudged }) => unjudged))].filter((name) => !verdicts.has(name)),
    operations: sum(({ operations }) => operations),
    faults: sum(({ faults }) => faults),
    loggedOut: sum(({ loggedOut }) => loggedOut),
  }
}

/** Lines for the terminal about what failed in an episode; none when all held. */
export function complaints(verdicts: readonly Verdict[], most = 3): readonly string[] {
  return verdicts
    .filter((verdict) => !passes(verdict))
    .flatMap(({ check, claim, judged, violations }) => {
      const lines = violations.length > 0 ? violations : [`nothing to judge (${judged})`]
      const more = lines.length - most
      return [
        `  FAIL   ${check}: ${claim}`,
        ...lines.slice(0, most).map((line) => `           ${line}`),
        ...(more > 0 ? [`           and ${more} more: see the report`] : []),
      ]
    })
}
