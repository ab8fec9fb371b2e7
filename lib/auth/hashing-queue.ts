import { bulkhead } from 'cockatiel'
import { overloaded } from '../errors.ts'

/** Weight of the latest run in the moving average of how long a hash takes. */
const SMOOTHING = 0.2
/** Within what time those who were refused are told to come back, in milliseconds. */
const RETURN_SPREAD_MS = 10_000

export interface HashingQueueOptions {
  /** Hashes at once: fewer than the cores, so that the rest of the server runs on. */
  readonly concurrency: number
  /** The longest that an admitted caller should wait for its turn, in milliseconds. */
  readonly maxWaitMs: number
  /** First guess of how long one hash takes, in milliseconds. */
  readonly expectedMs: number
  readonly monotonic: () => number
}

/** A place in the queue, taken before any other work for the request is done. */
export interface Place {
  /** Runs `work` when it is its turn. */
  run<T>(work: () => Promise<T>): Promise<T>
  /** Gives the place back, once what runs in it has ended; safe to call twice. */
  release(): void
}

/**
 * Bounds the work of password hashing. Who would have to wait too long is refused at once, before a budget is spent or a
 * store is asked; nobody is queued without bound.
 */
export class HashingQueue {
  readonly #options: HashingQueueOptions
  readonly #bulkhead
  #admitted = 0
  #averageMs: number
  #shed = 0
  #lastReturn = 0

  constructor(options: HashingQueueOptions) {
    this.#options = options
    this.#averageMs = options.expectedMs
    this.#bulkhead = bulkhead(options.concurrency, Number.POSITIVE_INFINITY)
  }

  get admitted(): number {
    return this.#admitted
  }

  get shed(): number {
    return this.#shed
  }

  /** How many may be in the queue, the running ones with them. */
  get capacity(): number {
    const { concurrency, maxWaitMs } = this.#options
    return concurrency + Math.floor((concurrency * maxWaitMs) / Math.max(this.#averageMs, 1))
  }

  /**
   * Spares who would find no place what comes before the hashing: a body to read.
   *
   * @throws AppError `overloaded` at once when the queue is full
   */
  refuseIfFull(): void {
    if (this.#admitted < this.capacity) return
    this.#shed += 1
    throw overloaded(this.#returnMs())
  }

  /** @throws AppError `overloaded` at once when the queue is full */
  admit(): Place {
    this.refuseIfFull()
    this.#admitted += 1
    let holders = 1
    const leave = () => {
      holders -= 1
      if (holders === 0) this.#admitted -= 1
    }
    let held = true
    return {
      run: (work) => {
        holders += 1
        return this.#bulkhead.execute(() => this.#measure(work)).finally(leave)
      },
      release: () => {
        if (held) leave()
        held = false
      },
    }
  }

  /**
   * Everybody gets a turn of their own, the next one after the queue and after those who were refused before: told the
   * same time, they would all come back at once, and the rest of the server would feel it.
   */
  #returnMs(): number {
    const { concurrency, monotonic } = this.#options
    const now = monotonic()
    const turnMs = this.#averageMs / concurrency
    const first = now + turnMs * this.#admitted
    const next = this.#lastReturn + turnMs
    this.#lastReturn = next > first && next < first + RETURN_SPREAD_MS ? next : first
    return this.#lastReturn - now
  }

  async #measure<T>(work: () => Promise<T>): Promise<T> {
    const start = this.#options.monotonic()
    const result = await work()
    this.#averageMs += SMOOTHING * (this.#options.monotonic() - start - this.#averageMs)
    return result
  }
}
