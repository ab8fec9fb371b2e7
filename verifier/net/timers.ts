/** Runs `action` after `ms` unless the returned function was called. Such a timer keeps no process alive. */
export function timer(ms: number, action: () => void): () => void {
  const handle = setTimeout(action, Math.min(ms, 2 ** 31 - 1))
  handle.unref()
  return () => clearTimeout(handle)
}

/** Resolves after `ms`, or at once when the signal aborts or `wake` is called. */
export class Sleep {
  #wake: () => void = () => {}

  async for(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    await new Promise<void>((resolve) => {
      const finish = () => {
        stop()
        signal.removeEventListener('abort', finish)
        resolve()
      }
      const stop = timer(ms, finish)
      signal.addEventListener('abort', finish)
      this.#wake = finish
    })
  }

  wake(): void {
    this.#wake()
  }
}

/**
 * Waits that double from `firstMs` to `mostMs`; each is shortened by up to half, so that many verifiers do not come back
 * to a recovering issuer in step.
 */
export class Backoff {
  readonly #firstMs: number
  readonly #mostMs: number
  readonly #random: () => number
  #failures = 0

  constructor(firstMs: number, mostMs: number, random: () => number) {
    this.#firstMs = firstMs
    this.#mostMs = mostMs
    this.#random = random
  }

  nextMs(): number {
    const whole = Math.min(this.#firstMs * 2 ** Math.min(this.#failures, 30), this.#mostMs)
    this.#failures += 1
    return whole * (1 - this.#random() / 2)
  }

  reset(): void {
    this.#failures = 0
  }
}
