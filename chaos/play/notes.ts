import type { Test } from 'tap'
import type { History } from '../history/history.ts'
import type { Recovery, Step } from '../report/journal.ts'

/** What a scenario notes on its way: for tap, for the terminal and for the report. */
export class Notes {
  readonly steps: Step[] = []
  readonly recoveries: Recovery[] = []
  readonly #t: Test
  readonly #history: History

  constructor(t: Test, history: History) {
    this.#t = t
    this.#history = history
  }

  /** The scenario enters a phase. */
  phase(phase: string): void {
    this.#history.record({ type: 'phase', phase })
    this.#t.comment(phase)
  }

  comment(text: string): void {
    this.#t.comment(text)
  }

  /** Asserts, and goes on either way. */
  expect(ok: boolean, text: string, detail?: string): void {
    this.steps.push({ text, ok, at: this.#history.now(), ...(detail !== undefined && { detail }) })
    this.#t.ok(ok, detail === undefined ? text : `${text}: ${detail}`)
  }

  /** Asserts that something took no longer than its bound, which the report shows with the recoveries; milliseconds. */
  took(name: string, ms: number, boundMs: number): void {
    this.recoveries.push({ name, ms, boundMs })
    this.expect(ms <= boundMs, `${name}: within ${boundMs / 1000} s`, `${(ms / 1000).toFixed(1)} s`)
  }

  /** Asserts that something came back within its bound; both in milliseconds. */
  recovered(name: string, ms: number, boundMs: number): void {
    this.recoveries.push({ name, ms, boundMs })
    this.expect(ms <= boundMs, `${name}: back within ${boundMs / 1000} s`, `${(ms / 1000).toFixed(1)} s`)
  }
}
