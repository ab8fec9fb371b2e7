import type { BudgetState } from '../store/budgets.ts'

/** Beyond this many subjects the oldest window is forgotten. */
const MAX_SUBJECTS = 10_000

/** Fixed-window counters in this process's memory: they stand in for the shared ones while Redis is away. */
export class LocalBudgets {
  readonly #monotonic: () => number
  readonly #windows = new Map<string, { count: number; endsAt: number }>()

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic
  }

  take(subject: string, windowMs: number): BudgetState {
    const now = this.#monotonic()
    const current = this.#windows.get(subject)
    const open = current !== undefined && current.endsAt > now
    const window = open ? current : { count: 0, endsAt: now + windowMs }
    window.count += 1
    if (!open) {
      this.#windows.delete(subject)
      const [oldest] = this.#windows.keys()
      if (this.#windows.size >= MAX_SUBJECTS && oldest !== undefined) this.#windows.delete(oldest)
      this.#windows.set(subject, window)
    }
    return { count: window.count, resetMs: window.endsAt - now }
  }
}
