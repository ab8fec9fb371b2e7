import {
  BrokenCircuitError,
  bulkhead,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleAll,
  isBrokenCircuitError,
  isBulkheadRejectedError,
  TimeoutStrategy,
  timeout,
} from 'cockatiel'
import type { Settings } from '../settings.ts'
import { AuthUnavailable } from './auth-unavailable.ts'

/** What is asked of the auth server. */
export interface AuthRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

/** What it answered, to be passed on. */
export interface AuthAnswer {
  readonly status: number
  readonly text: string
  readonly type: string
  readonly retryAfter: string | undefined
}

export type BreakerState = 'closed' | 'open' | 'half_open'

/** The auth server's API, behind a breaker of this service's own: it may be away, and then nobody waits for it. */
export interface AuthApi {
  readonly state: BreakerState
  /** Calls that were sent, and calls that were refused without being sent. */
  readonly counts: { readonly sent: number; readonly failed: number; readonly refused: number }
  /** Told of each change, with the class of the error that made it. */
  onStateChange(listener: (state: BreakerState, reason?: string) => void): void
  /** @throws AuthUnavailable when there is no answer, or nobody was asked */
  ask(request: AuthRequest): Promise<AuthAnswer>
}

/**
 * bulkhead -> breaker -> time-out -> call. Whatever the auth server itself has to say is an answer, a 503 with its reason
 * too: the breaker is about whether there is anybody.
 */
export function openAuthApi(authUrl: string, settings: Settings['auth']): AuthApi {
  const { timeoutMs, failures, halfOpenAfterMs, concurrency } = settings
  const counts = { sent: 0, failed: 0, refused: 0 }
  const places = bulkhead(concurrency)
  const limit = timeout(timeoutMs, TimeoutStrategy.Aggressive)
  const breaker = circuitBreaker(handleAll, {
    halfOpenAfter: halfOpenAfterMs,
    breaker: new ConsecutiveBreaker(failures),
  })
  let openedAt = 0
  breaker.onBreak(() => {
    openedAt = performance.now()
  })

  const state = (): BreakerState => {
    if (breaker.state === CircuitState.Closed) return 'closed'
    return breaker.state === CircuitState.HalfOpen ? 'half_open' : 'open'
  }
  const retryAfterMs = () => (state() === 'open' ? openedAt + halfOpenAfterMs - performance.now() : 0)

  async function send({ method, path, headers, body }: AuthRequest, signal: AbortSignal): Promise<AuthAnswer> {
    counts.sent += 1
    try {
      const answer = await fetch(authUrl + path, { method, headers, body: body ?? null, redirect: 'manual', signal })
      const text = await answer.text()
      const type = answer.headers.get('content-type') ?? ''
      const isOwnWord = answer.status < 500 || (answer.status === 503 && /^application\/(problem\+)?json/.test(type))
      if (!isOwnWord) throw new Error(`answered with ${answer.status}`)
      return { status: answer.status, text, type, retryAfter: answer.headers.get('retry-after') ?? undefined }
    } catch (error) {
      counts.failed += 1
      throw error
    }
  }

  return {
    get state() {
      return state()
    },
    counts,
    onStateChange(listener) {
      breaker.onBreak((reason) => listener('open', 'error' in reason ? nameOf(reason.error) : undefined))
      breaker.onHalfOpen(() => listener('half_open'))
      breaker.onReset(() => listener('closed'))
    },
    async ask(request) {
      try {
        return await places.execute(() => {
          // Cockatiel lets the others wait behind the trial; here nobody waits.
          if (breaker.state === CircuitState.HalfOpen) throw new BrokenCircuitError()
          return breaker.execute(() => limit.execute(({ signal }) => send(request, signal)))
        })
      } catch (error) {
        if (isBrokenCircuitError(error) || isBulkheadRejectedError(error)) counts.refused += 1
        throw new AuthUnavailable(state(), retryAfterMs(), { cause: error })
      }
    },
  }
}

/** `TypeError` is what fetch throws for any trouble of the network; its cause knows more. */
function nameOf(error: unknown): string {
  const { cause, name } = error as Error & { cause?: { code?: string } }
  return cause?.code ?? name
}
