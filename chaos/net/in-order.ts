import { setTimeout as sleep } from 'node:timers/promises'

/** Writes chunks in the order in which they came, each after its own delay in milliseconds. */
export function inOrder(write: (chunk: Buffer) => void): (chunk: Buffer, delayMs: number) => void {
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  return (chunk, delayMs) => {
    if (delayMs === 0 && waiting === 0) return write(chunk)
    waiting += 1
    const due = performance.now() + delayMs
    last = last
      .then(() => sleep(Math.max(0, due - performance.now()), undefined, { ref: false }))
      .then(() => {
        waiting -= 1
        write(chunk)
      })
  }
}
