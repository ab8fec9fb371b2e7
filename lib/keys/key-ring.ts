import type { SigningAlg } from '../config.ts'
import { headOf, type KeyRingStore, type RingHead } from '../store/key-ring-store.ts'
import { KeyMaker } from './key-maker.ts'
import {
  activeKey,
  compareStamps,
  createRing,
  join,
  prune,
  type Ring,
  replaceNext,
  resealed,
  revokeAll,
  rotate,
} from './ring.ts'
import { RingInUse, type RingInUseOptions } from './ring-in-use.ts'
import { taskFor } from './schedule.ts'
import { sealedAnew } from './sealing.ts'
import { contradict, settle } from './split-emergencies.ts'

export interface KeyRingOptions extends RingInUseOptions {
  /** In the order in which a change is written to them. */
  readonly stores: { readonly redis: KeyRingStore; readonly postgres: KeyRingStore }
  readonly signingAlg: SigningAlg
  readonly rsaBits: number
  /** Milliseconds. */
  readonly keyRotationInterval: number
  /** Milliseconds. */
  readonly keyRetirement: number
}

/** A ring after an emergency, and the stores that hold it by now. */
export interface Revoked {
  readonly ring: Ring
  readonly persisted: KeyRingStore['name'][]
}

interface Changed {
  /** The stores that are known to hold the ring now. */
  readonly holders: KeyRingStore['name'][]
  /** What this instance wrote; null when another was faster, or there was nothing to do. */
  readonly made: Ring | null
}

/** A change that no admin asked for: by the schedule, or the emergency that settles two others. */
export interface OwnChange {
  readonly type: 'rotated' | 'revoked'
  readonly ring: Ring
}

/**
 * The key ring of this instance: in memory for every request, in Redis and Postgres for the others and for the next
 * start. The newest ring seen anywhere wins, and a store that is behind is repaired. Every write is a compare-and-set.
 */
export class KeyRing extends RingInUse {
  readonly #options: KeyRingOptions
  readonly #maker: KeyMaker
  readonly #ownListeners: ((change: OwnChange) => void)[] = []
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: KeyRingOptions) {
    super(options)
    this.#options = options
    const onSpareFailed = (err: unknown) => options.log.error({ err }, 'the spare signing key could not be made')
    this.#maker = new KeyMaker({ ...options, onSpareFailed })
  }

  /** Tells of what this instance itself changed; when several do the same at once, one of them tells. */
  onOwnChange(listener: (change: OwnChange) => void): void {
    this.#ownListeners.push(listener)
  }

  /** Takes notice of what a store holds: learns from one that is ahead, repairs one that is behind. */
  observe(store: KeyRingStore, head: RingHead | null): Promise<void> {
    return this.#inTurn(async () => {
      if (this.ring === undefined && head === null) return
      if (head !== null && this.isSame(head)) this.holders.holds(store.name)
      else await this.#reconcile(store)
      this.holders.confirmed(store.name)
    })
  }

  /**
   * Gets a first ring: from the stores, or made new when Postgres, the durable one, says that there was never any.
   *
   * @throws AppError `dependency_unavailable` when it can't be known whether there is a ring
   */
  bootstrap(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.ring !== undefined) return
      const { redis, postgres } = this.#options.stores
      const [inRedis, inPostgres] = await Promise.allSettled([redis.load(), postgres.load()])
      const rings = [inRedis, inPostgres].flatMap((r) =>
        r.status === 'fulfilled' && r.value !== null ? [r.value] : [],
      )
      const [first, second] = rings
      if (first !== undefined) {
        const ring = second === undefined ? first : this.#join(first, second)
        this.adopt(ring)
        const held = inRedis.status === 'fulfilled' ? inRedis.value : null
        if (held !== null && this.isSame(headOf(held))) this.holders.holds('redis')
        return
      }
      if (inPostgres.status === 'rejected') throw inPostgres.reason
      await this.#create()
    })
  }

  /**
   * Planned rotation. When another instance rotates at the same time the two make one rotation.
   *
   * @throws AppError `dependency_unavailable` when no store takes the change; then nothing has changed
   */
  async rotate(): Promise<Ring> {
    await this.#rotate()
    return this.material().ring
  }

  /**
   * Emergency: voids every access token, and with `sessions` every refresh token, and signs with a fresh pair at once.
   *
   * @throws AppError `dependency_unavailable` when no store takes the change; then nothing has changed
   */
  revokeAll(sessions: boolean): Promise<Revoked> {
    return this.#inTurn(async () => {
      const key = await this.#maker.takeSpare()
      const before = this.material().ring
      const change = (ring: Ring) => revokeAll(ring, key, sessions, this.#now())
      let { holders } = await this.#change(change)
      const { ring } = this.material()
      const isDone = ring.epoch > before.epoch && (!sessions || ring.sessionEpoch > before.sessionEpoch)
      if (!isDone) holders = (await this.#change(change)).holders
      return { ring: this.material().ring, persisted: holders }
    })
  }

  /**
   * Seals every private key anew that only the second key-encryption key opens, so that the second one can go.
   *
   * @returns the ids of those keys, and the stores that are known to hold the ring by now
   * @throws AppError `dependency_unavailable` when no store takes the change; Error when neither key opens one of them
   */
  reseal(): Promise<{ readonly kids: string[]; readonly holders: KeyRingStore['name'][] }> {
    const change = (ring: Ring) => resealed(ring, (kid, sealed) => sealedAnew(this.keks, kid, sealed))
    return this.#inTurn(async () => {
      const kids = new Set<string>()
      for (;;) {
        const { ring } = this.material()
        const changed = change(ring)
        if (changed === ring) break
        for (const [i, key] of changed.keys.entries()) if (key !== ring.keys[i]) kids.add(key.kid)
        await this.#change(change)
      }
      const holders = Object.values(this.#options.stores).flatMap(({ name }) => (this.holders.has(name) ? [name] : []))
      return { kids: [...kids], holders }
    })
  }

  /** Does what the schedule asks for. When another instance does it at the same time, it is done once. */
  async maintain(): Promise<void> {
    const ring = this.ring
    if (ring === undefined) return
    this.#maker.prepareSpare()
    const task = taskFor(ring, this.#options, this.#now())
    if (task === 'rotate') this.#tellIf(await this.#rotate(), 'rotated')
    else if (task === 'publish-next') {
      const key = await this.#maker.make()
      const still = (base: Ring) => taskFor(base, this.#options, this.#now()) === task
      await this.#inTurn(() => this.#change((base) => (still(base) ? replaceNext(base, key, this.#now()) : base)))
    } else if (task === 'prune') {
      await this.#inTurn(() => this.#change((base) => prune(base, this.#options.keyRetirement, this.#now())))
    }
  }

  async #rotate(): Promise<Changed> {
    const signer = activeKey(this.material().ring)?.kid
    const key = await this.#maker.make()
    const change = (ring: Ring) => (activeKey(ring)?.kid === signer ? rotate(ring, key, this.#now()) : ring)
    return this.#inTurn(() => this.#change(change))
  }

  /**
   * Writes what `make` makes of the ring to the stores and adopts it, or, when another instance was faster, adopts what
   * that one wrote.
   */
  async #change(make: (ring: Ring) => Ring): Promise<Changed> {
    const base = this.material().ring
    const candidate = make(base)
    if (candidate === base) return { holders: [], made: null }
    const holders: KeyRingStore['name'][] = []
    let made: Ring | null = null
    await this.#options.guard.run(async () => {
      const failures: unknown[] = []
      for (const store of Object.values(this.#options.stores)) {
        try {
          const written = await store.putIfNewer(candidate)
          if (!written && holders.length === 0) {
            await this.#reconcile(store)
            holders.push(store.name)
            return
          }
          if (written) holders.push(store.name)
        } catch (error) {
          failures.push(error)
        }
      }
      if (holders.length === 0) throw failures[0]
      this.adopt(candidate)
      for (const name of holders) this.holders.holds(name)
      made = candidate
    })
    return { holders, made }
  }

  /** Brings memory and one store to the same ring. */
  async #reconcile(store: KeyRingStore): Promise<void> {
    const stored = await store.load()
    const mine = this.ring
    if (stored === null) {
      if (mine !== undefined && (await store.putIfNewer(mine))) this.#repaired(store)
      return
    }
    if (mine !== undefined && contradict(mine, stored)) return this.#settle(stored)
    const joined = mine === undefined ? stored : this.#join(mine, stored)
    if (joined !== mine) this.adopt(joined)
    if (this.isSame(headOf(stored))) this.holders.holds(store.name)
    else if (compareStamps(joined, stored) > 0 && (await store.putIfNewer(joined))) this.#repaired(store)
  }

  #join(a: Ring, b: Ring): Ring {
    // Which of two that contradict each other does not matter here: the first look at the other store settles it.
    return contradict(a, b) ? a : join(a, b, this.#options.keyRetirement, this.#now())
  }

  /** Two emergencies in a split network end in a third, of whoever first sees both. */
  async #settle(stored: Ring): Promise<void> {
    const key = await this.#maker.takeSpare()
    this.#options.log.warn({ epoch: stored.epoch }, 'two emergencies in a split network: every key goes once more')
    this.#tellIf(await this.#change((mine) => settle(mine, stored, key, this.#now())), 'revoked')
  }

  #tellIf({ made }: Changed, type: OwnChange['type']): void {
    if (made !== null) for (const listener of this.#ownListeners) listener({ type, ring: made })
  }

  async #create(): Promise<void> {
    const { redis, postgres } = this.#options.stores
    const [active, next] = await Promise.all([this.#maker.make(), this.#maker.make()])
    const ring = createRing(active, next, this.#now())
    if (await postgres.putIfNewer(ring)) {
      this.#options.log.info({ kid: active.kid }, 'made the first key ring')
      this.adopt(ring)
      this.holders.holds('postgres')
    } else await this.#reconcile(postgres)
    await this.#reconcile(redis).catch(() => {})
  }

  #repaired(store: KeyRingStore): void {
    this.holders.holds(store.name)
    this.#options.log.warn({ store: store.name }, 'a store was behind and got the key ring back')
  }

  #now(): number {
    return this.#options.clock.now()
  }

  /** One change at a time. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work)
    this.#turn = result.catch(() => {})
    return result
  }
}
