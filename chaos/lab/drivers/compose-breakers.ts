import type { BreakerEvent } from '../../history/events.ts'

const INTERVAL_MS = 200
const TIMEOUT_MS = 1_000
const LINE = /^tokenforge_guard_state\{dependency="(postgres|redis)",state="(connecting|closed|open|half_open)"\} 1$/gm

/** The states of the guards of Postgres and Redis, read from `GET /metrics`. */
export function readGuardStates(metrics: string): Pick<BreakerEvent, 'dependency' | 'state'>[] {
  return [...metrics.matchAll(LINE)].map(([, dependency, state]) => ({
    dependency: dependency as BreakerEvent['dependency'],
    state: state as BreakerEvent['state'],
  }))
}

export interface BreakerWatchOptions {
  /** Base URL of the instance. */
  readonly url: string
  readonly instance: string
  readonly onEvent: (happening: BreakerEvent) => void
}

/**
 * Looks at an instance's guards five times a second and tells each change, and the state that each is found in. A state that
 * lasts shorter than that may go unseen, half-open above all. While the instance does not answer, nothing is told.
 */
export function watchBreakers({ url, instance, onEvent }: BreakerWatchOptions): AsyncDisposable {
  const known = new Map<string, string>()
  const ending = new AbortController()

  async function look(): Promise<void> {
    const signal = AbortSignal.any([ending.signal, AbortSignal.timeout(TIMEOUT_MS)])
    const answer = await fetch(`${url}/metrics`, { signal })
    for (const { dependency, state } of readGuardStates(await answer.text())) {
      if (known.get(dependency) === state) continue
      known.set(dependency, state)
      onEvent({ type: 'breaker', instance, dependency, state })
    }
  }

  let under: Promise<void> | undefined
  const timer = setInterval(() => {
    under ??= look()
      .catch(() => {})
      .finally(() => {
        under = undefined
      })
  }, INTERVAL_MS)
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      ending.abort()
      await under
    },
  }
}
