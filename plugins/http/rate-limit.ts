import rateLimit, { type CreateRateLimitOptions } from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { networkOf } from '../../lib/auth/client-network.ts'
import type { Place } from '../../lib/auth/hashing-queue.ts'
import { LocalBudgets } from '../../lib/auth/local-budgets.ts'
import { AppError, tooManyAttempts } from '../../lib/errors.ts'
import type { BudgetState } from '../../lib/store/budgets.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * The hooks of a route that hashes a password. What would find no place in the hashing queue is refused by its headers
     * alone. The others are refused at once if they can't be done, take a place, and are counted against the budget of
     * their address, in this order, before anything is hashed.
     */
    passwordGate: (needs: PasswordRouteNeeds) => {
      onRequest: () => Promise<void>
      preHandler: (request: FastifyRequest) => Promise<void>
    }
  }
  interface FastifyRequest {
    hashingPlace: Place
  }
}

export interface PasswordRouteNeeds {
  /** Without Redis: `true` refuses (nobody may guess without limit), `false` counts in this process alone. */
  readonly sharedBudget: boolean
}

const ADDRESS_POLICY = 'address'

type Done = (error: Error | null, result?: { current: number; ttl: number }) => void

/** @fastify/rate-limit on Redis through the guard: one budget per address for all routes that hash a password. */
async function addressBudget(app: FastifyInstance): Promise<void> {
  const { max, windowMs } = app.config.loginRateLimit
  const local = new LocalBudgets(app.clock.monotonic)

  async function take(subject: string, shared: boolean): Promise<BudgetState> {
    try {
      return await app.budgets.take(ADDRESS_POLICY, subject, { windowMs })
    } catch (error) {
      const redisIsAway = error instanceof AppError && error.code === 'dependency_unavailable'
      if (shared || !redisIsAway) throw error
      return local.take(subject, windowMs)
    }
  }
  class GuardedStore {
    readonly #shared: boolean
    constructor({ sharedBudget = true }: Partial<PasswordRouteNeeds>) {
      this.#shared = sharedBudget
    }
    incr(key: string, done: Done): void {
      take(key, this.#shared).then(
        ({ count, resetMs }) => done(null, { current: count, ttl: resetMs }),
        (error) => done(error),
      )
    }
    child(options: object): GuardedStore {
      return new GuardedStore(options)
    }
  }
  const keyGenerator = ({ ip }: FastifyRequest) => networkOf(ip)
  await app.register(rateLimit, { global: false, max, timeWindow: windowMs, store: GuardedStore, keyGenerator })

  app.decorateRequest('hashingPlace')
  app.decorate('passwordGate', (needs) => {
    const options: CreateRateLimitOptions & PasswordRouteNeeds = needs
    const limit = app.createRateLimit(options)
    async function onRequest(): Promise<void> {
      app.loadShedding.refuseNewWork()
      app.hashing.refuseIfFull()
    }
    async function preHandler(request: FastifyRequest): Promise<void> {
      app.postgres.guard.refuseIfOpen()
      if (needs.sharedBudget) {
        app.redisStore.guard.refuseIfOpen()
        await app.sessions.ready()
      }
      request.hashingPlace = app.hashing.admit()
      const state = await limit(request)
      if (!state.isAllowed && state.isExceeded) {
        throw tooManyAttempts({ policy: ADDRESS_POLICY, max, windowMs, resetMs: state.ttl })
      }
    }
    return { onRequest, preHandler }
  })
  app.addHook('onResponse', (request, _reply, done) => {
    request.hashingPlace?.release()
    done()
  })
}

export default fp(addressBudget, {
  name: 'rate-limit',
  dependencies: ['accounts', 'sessions', 'errors', 'load-shedding'],
})
