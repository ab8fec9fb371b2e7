import { bulkhead } from 'cockatiel'
import { overloaded } from '../errors.ts'

/** Weight of the latest run in the moving average of how long a hash takes. */
const SMOOTHING = 0.2

export interface HashingQueueOptions {
  /** Hashes at once: fewer than the cores and than the threads of libuv's pool, so that the rest of the server runs on. */
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

  /** @throws AppError `overloaded` at once when the queue is full */
  admit(): Place {
    if (this.#admitted >= this.capacity) {
      this.#shed += 1
      throw overloaded((this.#averageMs * this.#admitted) / this.#options.concurrency)
    }
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

  async #measure<T>(work: () => Promise<T>): Promise<T> {
    const start = this.#options.monotonic()
    const result = await work()
    this.#averageMs += SMOOTHING * (this.#options.monotonic() - start - this.#averageMs)
    return result
  }
}
