import { now, running, stepping } from './clock.ts'

const { setTimeout: outsideTimeout, clearTimeout: clearOutside } = globalThis
/** Timers of Node take no more; what is no such number is 1 ms to them. */
const MOST_MS = 2 ** 31 - 1

/** A timer as Node has them (`NodeJS.Timeout`), by the clock in here. */
export class SteppedTimer {
  readonly #ms: number
  readonly #repeats: boolean
  readonly #action: () => void
  #handle: NodeJS.Timeout | undefined
  #keepsAlive = true
  #dueAt = 0

  constructor(action: () => void, ms = 1, repeats = false) {
    this.#action = action
    this.#ms = ms >= 1 && ms <= MOST_MS ? ms : 1
    this.#repeats = repeats
    this.refresh()
  }

  get dueAt(): number {
    return this.#dueAt
  }

  /** Starts it anew. */
  refresh(): this {
    this.#dueAt = now() + this.#ms
    running.add(this)
    this.hold()
    if (!stepping()) this.goOn()
    return this
  }

  close(): this {
    running.delete(this)
    this.hold()
    return this
  }

  ref(): this {
    this.#keepsAlive = true
    this.#handle?.ref()
    return this
  }

  unref(): this {
    this.#keepsAlive = false
    this.#handle?.unref()
    return this
  }

  hasRef(): boolean {
    return this.#keepsAlive
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** It fires when it is told to. */
  hold(): void {
    clearOutside(this.#handle)
    this.#handle = undefined
  }

  /** It fires by itself. */
  goOn(): void {
    this.#handle = outsideTimeout(() => this.fire(), Math.min(this.#dueAt - now(), MOST_MS))
    if (!this.#keepsAlive) this.#handle.unref()
  }

  fire(): void {
    if (this.#repeats) this.refresh()
    else this.close()
    this.#action()
  }
}
