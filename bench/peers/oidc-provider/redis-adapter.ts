import type { Redis } from 'ioredis'
import type { Adapter, AdapterConstructor, AdapterPayload } from 'oidc-provider'

/** What the example adapter of oidc-provider does that is needed here: one key a record, and a list of keys a grant. */
export function redisAdapter(redis: Redis): AdapterConstructor {
  return class RedisAdapter implements Adapter {
    readonly #name: string
    constructor(name: string) {
      this.#name = name
    }
    #key(id: string): string {
      return `oidc:${this.#name}:${id}`
    }
    async upsert(id: string, payload: AdapterPayload, expiresIn: number): Promise<void> {
      const many = redis.multi()
      many.hset(this.#key(id), 'payload', JSON.stringify(payload))
      if (expiresIn) many.expire(this.#key(id), expiresIn)
      if (payload.grantId) {
        many.rpush(`oidc:grant:${payload.grantId}`, this.#key(id))
        if (expiresIn) many.expire(`oidc:grant:${payload.grantId}`, expiresIn)
      }
      await many.exec()
    }
    async find(id: string): Promise<AdapterPayload | undefined> {
      const { payload, consumed } = await redis.hgetall(this.#key(id))
      if (payload === undefined) return undefined
      return { ...JSON.parse(payload), ...(consumed && { consumed: Number(consumed) }) }
    }
    findByUid = async (): Promise<undefined> => undefined
    findByUserCode = async (): Promise<undefined> => undefined
    async consume(id: string): Promise<void> {
      await redis.hset(this.#key(id), 'consumed', Math.floor(Date.now() / 1000))
    }
    async destroy(id: string): Promise<void> {
      await redis.del(this.#key(id))
    }
    async revokeByGrantId(grantId: string): Promise<void> {
      const keys = await redis.lrange(`oidc:grant:${grantId}`, 0, -1)
      await redis.del(`oidc:grant:${grantId}`, ...keys)
    }
  }
}
