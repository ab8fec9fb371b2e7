import { createHash, createHmac } from 'node:crypto'
import type { Budget } from '../config-validators.ts'
import { loadScript, type RedisHandle } from './redis-handle.ts'

const take = loadScript('attempt-take', { keys: 3 })
const succeeded = loadScript('attempt-succeeded', { keys: 3 })

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** The longest that a budget keeps away whoever spends it time after time, unless its own window is longer. */
const LONGEST_DELAY = HOUR
/** An account that nobody tries for so long begins with its first window again. */
const DELAY_MEMORY = DAY
const NETWORK_LIFE = 90 * DAY
const MAX_NETWORKS = 10
const DIGEST_LENGTH = 22
const NETWORK_LENGTH = 12

/** The budget that judges an attempt, after it was counted. `resetMs` is the rest of its window, of `windowMs` in all. */
export interface AttemptState {
  readonly count: number
  readonly resetMs: number
  readonly windowMs: number
}

/**
 * Attempts at accounts, counted for all instances: in one budget for all strangers together, and in one of its own for each
 * network from which the account was logged in to before. Each is one atomic step. Redis holds no email and no address.
 */
export class AttemptStore {
  readonly #redis: RedisHandle
  readonly #networkKey: Buffer

  /** @param networkKey without which nobody can tell which networks an account is known from */
  constructor(redis: RedisHandle, networkKey: Buffer) {
    this.#redis = redis
    this.#networkKey = networkKey
  }

  /** Counts one attempt, before its password is looked at. It may go on when `count` is not above the budget's `max`. */
  async take(email: string, network: string, { max, windowMs }: Budget): Promise<AttemptState> {
    const { keys, field } = this.#where(email, network)
    const args = [field, max, windowMs, LONGEST_DELAY, DELAY_MEMORY, NETWORK_LIFE]
    const [count, resetMs, span] = (await this.#redis.run(take, keys, args)) as [number, number, number]
    return { count, resetMs, windowMs: span }
  }

  /** The password was right: the attempts are forgotten, and the network is known from now on. */
  async succeeded(email: string, network: string): Promise<void> {
    const { keys, field } = this.#where(email, network)
    await this.#redis.run(succeeded, keys, [field, NETWORK_LIFE, MAX_NETWORKS])
  }

  #where(email: string, network: string): { keys: string[]; field: string } {
    const digest = createHash('sha256').update(email).digest('base64url').slice(0, DIGEST_LENGTH)
    const mac = createHmac('sha256', this.#networkKey).update(`${email}\n${network}`).digest('base64url')
    const field = mac.slice(0, NETWORK_LENGTH)
    const all = `tokenforge:attempts:{${digest}}`
    return { keys: [all, `${all}:known`, `${all}:${field}`], field }
  }
}
