import {
  BrokenCircuitError,
  type BulkheadPolicy,
  BulkheadRejectedError,
  bulkhead,
  type CircuitBreakerPolicy,
  CircuitState,
  ConstantBackoff,
  circuitBreaker,
  handleAll,
  handleWhen,
  isBrokenCircuitError,
  isBulkheadRejectedError,
  type RetryPolicy,
  retry,
  TaskCancelledError,
  type TimeoutPolicy,
  TimeoutStrategy,
  timeout,
} from 'cockatiel'
import type { Clock } from '../clock.ts'
import { type Dependency, dependencyUnavailable, overloaded } from '../errors.ts'
import { HalfOpenAfter } from './half-open-after.ts'
import { SlidingWindow, type WindowOptions } from './sliding-window.ts'

const RETRY_DELAY_MS = 25
/** A trial that took more than this fraction of its time-out is no recovery: the next calls would time out again. */
const MAX_TRIAL = 0.8
const SOON_MS = 1000
const RETRY_SPREAD_MS = 2000

export interface GuardOptions extends WindowOptions {
  readonly dependency: Dependency
  readonly clock: Clock
  /** A number from 0 up to 1: spreads `Retry-After`, so that those who were refused do not come back all at once. */
  readonly random: () => number
  /** How long the breaker stays open before one call is let through, in milliseconds. */
  readonly halfOpenAfter: number
  /** How long one call may take, in milliseconds; longer than the driver's own time-outs. */
  readonly timeoutMs: number
  /** Calls at once, and how many more may wait; the surplus is refused. */
  readonly concurrency: number
  readonly queue: number
  /** How long a call may have waited when its turn comes, in milliseconds; beyond that it is refused. */
  readonly maxWaitMs: number
  /** True when an error means that the dependency is in trouble; false when it did its work and said no. */
  readonly isFailure: (error: unknown) => boolean
  /** True when a read that ended so may be tried once more. */
  readonly isRetryable: (error: unknown) => boolean
}

/** `connecting`: not seen yet since the start; the probe alone is let through, as often as it likes. */
export type GuardState = 'connecting' | 'closed' | 'open' | 'half_open'

export interface CallOptions {
  /** True for reads: one more attempt after a lost connection. */
  readonly retry?: boolean
  /** True for the health probe, whose first success opens the way for everybody. */
  readonly probe?: boolean
}

/** A guard at one moment, for `/admin/dependencies`, `/health/ready` and the metrics. */
export interface GuardSnapshot {
  readonly state: GuardState
  readonly calls: number
  readonly failures: number
  readonly refusals: number
  readonly inFlight: number
  readonly queued: number
  readonly lastError: string | null
  /** Milliseconds until the next trial call, 0 when the guard is not open. */
  readonly nextProbeMs: number
}

type Outcome<T> = { readonly value: T } | { readonly refusal: unknown }

/**
 * The only way to a dependency: retry (reads alone), bulkhead, breaker, time-out, call.
 *
 * While the breaker is open, and for everybody but the one trial while it is half-open, a call is refused at once.
 */
export class Guard {
  readonly dependency: Dependency
  readonly #options: GuardOptions
  readonly #window: SlidingWindow
  readonly #halfOpenAfter: HalfOpenAfter
  readonly #breaker: CircuitBreakerPolicy
  readonly #bulkhead: BulkheadPolicy
  readonly #timeout: TimeoutPolicy
  readonly #retry: RetryPolicy
  readonly #listeners: ((state: GuardState, reason: unknown) => void)[] = []
  #connecting = true
  #refusals = 0
  #lastError: string | null = null

  constructor(options: GuardOptions) {
    this.dependency = options.dependency
    this.#options = options
    this.#window = new SlidingWindow(options, options.clock)
    this.#halfOpenAfter = new HalfOpenAfter(options.halfOpenAfter, options.clock)
    this.#breaker = circuitBreaker(handleAll, { halfOpenAfter: this.#halfOpenAfter, breaker: this.#window })
    this.#window.isClosed = () => this.#breaker.state === CircuitState.Closed
    const tell = (state: GuardState, reason?: unknown) => {
      for (const listener of this.#listeners) listener(state, reason)
    }
    this.#breaker.onBreak((reason) => tell('open', 'error' in reason ? reason.error : undefined))
    this.#breaker.onHalfOpen(() => tell('half_open'))
    this.#breaker.onReset(() => tell('closed'))
    this.#bulkhead = bulkhead(options.concurrency, options.queue)
    this.#timeout = timeout(options.timeoutMs, { strategy: TimeoutStrategy.Aggressive, abortOnReturn: false })
    this.#retry = retry(
      handleWhen((error) => !isRefusedByUs(error) && options.isRetryable(error)),
      { maxAttempts: 1, backoff: new ConstantBackoff(RETRY_DELAY_MS) },
    )
  }

  get state(): GuardState {
    if (this.#connecting) return 'connecting'
    if (this.#breaker.state === CircuitState.Closed) return 'closed'
    return this.#breaker.state === CircuitState.HalfOpen ? 'half_open' : 'open'
  }

  /** Milliseconds until a call has a chance again: until the next probe, and a random while for the stampede. */
  get retryAfterMs(): number {
    const untilProbe = this.state === 'open' ? Math.max(SOON_MS, this.#halfOpenAfter.remainingMs) : SOON_MS
    return untilProbe + this.#options.random() * RETRY_SPREAD_MS
  }

  /** Milliseconds until a probe should come: `intervalMs`, or the moment an open breaker lets its trial through. */
  nextProbeMs(intervalMs: number): number {
    return this.state === 'open' ? Math.ceil(this.#halfOpenAfter.remainingMs) + 1 : intervalMs
  }

  /** Tells each change of state, with the error that made it (none when it closed or half-opened). */
  onStateChange(listener: (state: GuardState, reason: unknown) => void): void {
    this.#listeners.push(listener)
  }

  snapshot(): GuardSnapshot {
    return {
      state: this.state,
      ...this.#window.counts(),
      refusals: this.#refusals,
      inFlight: this.#options.concurrency - this.#bulkhead.executionSlots,
      queued: this.#options.queue - this.#bulkhead.queueSlots,
      lastError: this.#lastError,
      nextProbeMs: this.state === 'open' ? Math.ceil(this.#halfOpenAfter.remainingMs) : 0,
    }
  }

  /**
   * Throws the 503 that a call would get, when it would be refused now. For work that should not begin (a password
   * check, a spent budget) when it cannot be finished.
   */
  refuseIfOpen(): void {
    const waiting = this.state === 'open' && this.#halfOpenAfter.remainingMs > 0
    if (waiting || this.state === 'half_open' || this.#connecting) throw this.#unavailable(new BrokenCircuitError())
  }

  /**
   * Runs one call to the dependency.
   *
   * @param call started at most once, or twice with `retry`
   * @throws AppError `dependency_unavailable` when the call was refused, timed out or failed, `overloaded` when too many
   *   others were before it; whatever else `call` threw
   */
  async run<T>(call: () => Promise<T>, { retry = false, probe = false }: CallOptions = {}): Promise<T> {
    if (this.#connecting && probe) return this.#connect(call)
    this.refuseIfOpen()
    const attempt = () => this.#inTurn(() => this.#throughBreaker(call))
    return this.#answer(() => (retry ? this.#retry.execute(attempt) : attempt()))
  }

  /** The calls before the first success do not count: a breaker would make a start wait for it in vain. */
  async #connect<T>(call: () => Promise<T>): Promise<T> {
    const value = await this.#answer(() => this.#timeout.execute(() => this.#judge(call)))
    this.#connecting = false
    for (const listener of this.#listeners) listener('closed', undefined)
    return value
  }

  async #answer<T>(attempt: () => Promise<Outcome<T>>): Promise<T> {
    let outcome: Outcome<T>
    try {
      outcome = await attempt()
    } catch (error) {
      throw this.#unavailable(error)
    }
    if ('refusal' in outcome) throw outcome.refusal
    return outcome.value
  }

  /** Waits for a place, but not so long that the caller has to give up while it is still waiting. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const { clock, concurrency, queue, maxWaitMs } = this.#options
    const asked = clock.monotonic()
    return this.#bulkhead.execute(() => {
      if (clock.monotonic() - asked > maxWaitMs) throw new BulkheadRejectedError(concurrency, queue)
      return work()
    })
  }

  #throughBreaker<T>(call: () => Promise<T>): Promise<Outcome<T>> {
    // Cockatiel lets other callers wait behind the trial; here they are refused. `execute` changes the state
    // synchronously, so nobody slips in between.
    if (this.#breaker.state === CircuitState.HalfOpen) throw new BrokenCircuitError()
    return this.#breaker.execute(() => this.#timeout.execute(() => this.#judge(call)))
  }

  async #judge<T>(call: () => Promise<T>): Promise<Outcome<T>> {
    const { clock, timeoutMs, isFailure } = this.#options
    const isTrial = this.#breaker.state === CircuitState.HalfOpen
    const begin = clock.monotonic()
    const outcome = await call().then(
      (value) => ({ value }),
      (error) => {
        if (isFailure(error)) throw error
        return { refusal: error }
      },
    )
    if (isTrial && clock.monotonic() - begin > MAX_TRIAL * timeoutMs) throw new SlowTrialError()
    return outcome
  }

  #unavailable(error: unknown): Error {
    if (isRefusedByUs(error)) this.#refusals += 1
    else this.#lastError = describe(error)
    if (isBulkheadRejectedError(error)) return overloaded(this.retryAfterMs, this.dependency)
    return dependencyUnavailable(this.dependency, this.retryAfterMs, error)
  }
}

/** The trial was answered, but so late that the breaker would close just to open again. */
class SlowTrialError extends Error {
  override readonly name = 'SlowTrialError'
}

function isRefusedByUs(error: unknown): boolean {
  return isBrokenCircuitError(error) || isBulkheadRejectedError(error)
}

/** A short word for an error that names no address: its code, or its class. */
export function describe(error: unknown): string {
  if (error instanceof TaskCancelledError) return 'timeout'
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (typeof code === 'string' && code !== '') return code
  return error instanceof Error ? error.constructor.name : typeof error
}
