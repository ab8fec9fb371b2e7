import type { VerifierEvents, VerifierFault } from './api.ts'

type Listener = (detail: never) => void

/** Tells listeners what happens. Nobody needs to listen, to `error` neither. */
export class Emitter {
  readonly #listeners = new Map<keyof VerifierEvents, Set<Listener>>()

  on<E extends keyof VerifierEvents>(event: E, listener: (detail: VerifierEvents[E]) => void): () => void {
    const listeners = this.#listeners.get(event) ?? new Set()
    this.#listeners.set(event, listeners)
    const own: Listener = (detail) => listener(detail)
    listeners.add(own)
    return () => void listeners.delete(own)
  }

  emit<E extends keyof VerifierEvents>(event: E, detail: VerifierEvents[E]): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) {
      try {
        listener(detail as never)
      } catch (error) {
        // A fault of the listener must neither stop the others nor what we were doing.
        if (event !== 'error') this.fault('listener', error)
      }
    }
  }

  fault(part: VerifierFault['part'], error: unknown): void {
    this.emit('error', { part, error: error instanceof Error ? error : new Error(String(error)) })
  }
}
