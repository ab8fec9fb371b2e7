import type { Router } from './client.ts'
import { type Target, Wire } from './wire.ts'

const POLL_MS = 150
const POLL_TIMEOUT_MS = 1000

export interface BalancerOptions {
  /** Milliseconds between two looks at each `/health/ready`. */
  readonly pollMs?: number
}

/**
 * What a load balancer does: takes requests round-robin to the instances whose `/health/ready` says 200, and to another
 * one when an instance refuses the connection or is on its way out. As long as none is ready it tries all.
 */
export class Balancer implements Router, AsyncDisposable {
  readonly #wire = new Wire({ timeoutMs: POLL_TIMEOUT_MS, connections: 1 })
  readonly #timer: NodeJS.Timeout
  readonly #ready = new Set<Target>()
  #targets: readonly Target[]
  #turn = 0
  #retried = 0
  #looking: Promise<void> | undefined

  /** Looks at once, and goes on until it is disposed of; `ready` tells when the first look is done. */
  constructor(targets: readonly Target[], { pollMs = POLL_MS }: BalancerOptions = {}) {
    this.#targets = [...targets]
    this.#timer = setInterval(() => void this.look(), pollMs).unref()
    void this.look()
  }

  /** The instances that take requests now. */
  get ready(): readonly Target[] {
    return this.#targets.filter((target) => this.#ready.has(target))
  }

  /** How often a request was taken to another instance. */
  get retried(): number {
    return this.#retried
  }

  /** Other instances from now on. */
  set(targets: readonly Target[]): void {
    this.#targets = [...targets]
    for (const target of this.#ready) if (!targets.includes(target)) this.#ready.delete(target)
    void this.look()
  }

  next(tried: readonly Target[]): Target | undefined {
    for (const target of tried) this.#ready.delete(target)
    const fresh = this.#targets.filter((target) => !tried.includes(target))
    const ready = fresh.filter((target) => this.#ready.has(target))
    const choice = ready.length > 0 ? ready : fresh
    this.#turn += 1
    if (tried.length > 0 && choice.length > 0) this.#retried += 1
    return choice[this.#turn % choice.length]
  }

  /** Asks every instance now; never twice at once. */
  look(): Promise<void> {
    this.#looking ??= this.#askAll().finally(() => {
      this.#looking = undefined
    })
    return this.#looking
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    await this.#wire.close()
  }

  async #askAll(): Promise<void> {
    const targets = this.#targets
    await Promise.all(
      targets.map(async (target) => {
        const reply = await this.#wire.send(target, { method: 'GET', path: '/health/ready', headers: {} })
        const isReady = 'status' in reply && reply.status === 200
        if (isReady && this.#targets.includes(target)) this.#ready.add(target)
        else this.#ready.delete(target)
      }),
    )
  }
}
