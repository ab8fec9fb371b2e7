import { setImmediate as turn } from 'node:timers/promises'
import type { Timeline } from '../../../chaos/soak/timeline.ts'

/** A timeline that jumps to the next time that somebody waits for, as soon as nobody has anything else to do. */
export class VirtualTime implements Timeline {
  readonly #ending = new AbortController()
  readonly signal = this.#ending.signal
  #now = 0
  #waiting: { readonly at: number; readonly go: () => void }[] = []

  now(): number {
    return this.#now
  }

  until(ms: number): Promise<void> {
    if (ms <= this.#now || this.signal.aborted) return Promise.resolve()
    return new Promise((go) => this.#waiting.push({ at: ms, go }))
  }

  /** Ends it early: nobody waits any more. */
  end(): void {
    this.#ending.abort()
    for (const { go } of this.#waiting.splice(0)) go()
  }

  /** Lets time pass until `work` is done. */
  async pass<T>(work: Promise<T>): Promise<T> {
    let isDone = false
    const done = work.finally(() => {
      isDone = true
    })
    done.catch(() => {})
    for (let idle = 0; !isDone && idle < 100; idle += 1) {
      await turn()
      const [next] = this.#waiting.sort((a, b) => a.at - b.at)
      if (next === undefined) continue
      idle = 0
      this.#waiting.shift()
      this.#now = next.at
      next.go()
    }
    return done
  }
}
