import { createHash } from 'node:crypto'
import type { Budget } from '../config-validators.ts'
import { loadScript, type RedisHandle } from './redis-handle.ts'

const take = loadScript('budget-take')

/** A budget after one more call was counted. `resetMs` is the rest of its window. */
export interface BudgetState {
  readonly count: number
  readonly resetMs: number
}

/** Counters with a fixed window, shared by all instances. What they count is hashed. */
export class BudgetStore {
  readonly #redis: RedisHandle

  constructor(redis: RedisHandle) {
    this.#redis = redis
  }

  /** Counts one call against the budget of `subject`, in one atomic step. */
  async take(policy: string, subject: string, { windowMs }: Pick<Budget, 'windowMs'>): Promise<BudgetState> {
    const [count, resetMs] = (await this.#redis.run(take, [keyOf(policy, subject)], [windowMs])) as [number, number]
    return { count, resetMs }
  }
}

function keyOf(policy: string, subject: string): string {
  const digest = createHash('sha256').update(subject).digest('base64url').slice(0, 22)
  return `tokenforge:budget:${policy}:{${digest}}`
}
