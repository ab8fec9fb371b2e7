import type { VerifiedTokens } from '../auth/verified-tokens.ts'
import type { Clock } from '../clock.ts'
import { type AppError, dependencyUnavailable } from '../errors.ts'
import type { Guard } from '../resilience/guard.ts'
import { headOf, type RingHead } from '../store/key-ring-store.ts'
import { type KeyMaterial, openRing, type SigningKey, type VerificationKey } from './key-material.ts'
import { activeKey, compareStamps, type Ring } from './ring.ts'
import { RingHolders } from './ring-holders.ts'
import { WithdrawnKeys } from './withdrawn-keys.ts'

export interface KeyRingLog {
  info(fields: object, line: string): void
  warn(fields: object, line: string): void
  error(fields: object, line: string): void
}

export interface RingInUseOptions {
  readonly guard: Guard
  readonly clock: Clock
  readonly log: KeyRingLog
  /** 32 bytes. */
  readonly keyEncryptionKey: Buffer
  /** Another one that opens, but does not seal. */
  readonly secondKeyEncryptionKey?: Buffer | undefined
}

/** What this instance signs and verifies with: the ring in memory, and what is known of who else holds it. */
export class RingInUse {
  readonly #options: RingInUseOptions
  readonly #listeners: ((ring: Ring, before: Ring | undefined) => void)[] = []
  readonly #withdrawn = new WithdrawnKeys()
  protected readonly holders: RingHolders
  #material: KeyMaterial | undefined

  constructor(options: RingInUseOptions) {
    this.#options = options
    this.holders = new RingHolders(options.clock)
  }

  /** The ring in memory; undefined until a store has given one. */
  get ring(): Ring | undefined {
    return this.#material?.ring
  }

  /** What the keys of the ring in memory have verified; another one after each change of the ring. */
  get verified(): VerifiedTokens | undefined {
    return this.#material?.verified
  }

  /** True when tokens can be signed, not just verified. */
  get canSign(): boolean {
    return this.#material?.signing != null
  }

  /** Milliseconds since a store last confirmed that the ring in memory is the newest. */
  get ageMs(): number {
    return this.holders.ageMs
  }

  /**
   * True when Redis holds the ring in memory. Nothing is signed before, so that Redis, which every token that is made
   * needs anyway, knows of every key that ever signed.
   */
  get isShared(): boolean {
    return this.holders.has('redis')
  }

  /** True when Redis has confirmed, after `monotonicMs`, that there is no key but those in memory (see `isShared`). */
  knowsAllSince(monotonicMs: number): boolean {
    return this.holders.confirmedSince('redis', monotonicMs)
  }

  onChange(listener: (ring: Ring, before: Ring | undefined) => void): void {
    this.#listeners.push(listener)
  }

  /**
   * The ring in use with everything prepared from it.
   *
   * @throws AppError `dependency_unavailable` as long as no store has given a ring
   */
  material(): KeyMaterial {
    if (this.#material === undefined) throw this.#unavailable('no ring yet')
    return this.#material
  }

  /** @throws AppError `dependency_unavailable` when there is no ring, it can't be opened, or Redis does not hold it yet */
  signingKey(): SigningKey {
    const { signing } = this.material()
    if (signing === null) throw this.#unavailable('the active key is sealed under another key-encryption key')
    if (!this.isShared) throw this.#unavailable('redis does not hold the key ring yet')
    return signing
  }

  /** Undefined when no key of that id is in the ring. */
  verificationKey(kid: string): VerificationKey | undefined {
    return this.material().verification.get(kid)
  }

  /** True for a key that was in the ring and is not any more: tokens of it are void. */
  isWithdrawn(kid: string): boolean {
    return this.#withdrawn.has(kid)
  }

  /** The key-encryption keys that open; the first one seals. */
  protected get keks(): readonly [Buffer, ...Buffer[]] {
    const { keyEncryptionKey, secondKeyEncryptionKey } = this.#options
    return secondKeyEncryptionKey === undefined ? [keyEncryptionKey] : [keyEncryptionKey, secondKeyEncryptionKey]
  }

  /** Puts a ring in use. Nobody is known to hold it yet. */
  protected adopt(ring: Ring): void {
    const before = this.#material
    this.#material = openRing(ring, this.keks, (kid, error) =>
      this.#options.log.error(
        { kid, err: error },
        'the active signing key can not be opened: another KEY_ENCRYPTION_KEY?',
      ),
    )
    this.holders.adopted()
    if (before !== undefined) this.#withdrawn.note(before.ring, ring)
    const { epoch, sessionEpoch, version } = ring
    const kid = activeKey(ring)?.kid
    this.#options.log.info({ epoch, sessionEpoch, version, kid }, 'the key ring changed')
    for (const listener of this.#listeners) listener(ring, before?.ring)
  }

  /** True when a store tells of the very ring that is in use. */
  protected isSame(head: RingHead): boolean {
    if (this.#material === undefined) return false
    const mine = headOf(this.#material.ring)
    return compareStamps(head, mine) === 0 && head.digest === mine.digest
  }

  #unavailable(reason: string): AppError {
    return dependencyUnavailable('signing-keys', this.#options.guard.retryAfterMs, new Error(reason))
  }
}
