import type { Ring } from '../keys/ring.ts'
import { headOf, type KeyRingStore, parseRing } from './key-ring-store.ts'
import { loadScript, type RedisHandle } from './redis-handle.ts'
import { REVOCATIONS_KEY, RING_KEY } from './shared-keys.ts'

const loadRing = loadScript('ring-load', { bounded: false })
const putRing = loadScript('ring-put', { keys: 2 })

/** The ring in Redis: shared by all instances, and each change of it announced in the revocation stream. */
export class RedisKeyRingStore implements KeyRingStore {
  readonly name = 'redis'
  readonly #redis: RedisHandle
  readonly #retentionMs: number

  /** @param retentionMs how long the revocation stream keeps an event */
  constructor(redis: RedisHandle, retentionMs: number) {
    this.#redis = redis
    this.#retentionMs = retentionMs
  }

  async load(): Promise<Ring | null> {
    const document = await this.#redis.run(loadRing, [RING_KEY], [])
    return typeof document === 'string' ? parseRing(JSON.parse(document)) : null
  }

  async putIfNewer(ring: Ring): Promise<boolean> {
    const { epoch, sessionEpoch, version, digest } = headOf(ring)
    const args = [epoch, sessionEpoch, version, digest, JSON.stringify(ring), this.#retentionMs]
    return (await this.#redis.run(putRing, [RING_KEY, REVOCATIONS_KEY], args)) === 1
  }
}
