import type { Clock } from '../api.ts'

const FIRST_EPOCH = 1
const MAX_REMEMBERED = 1000
const MAX_SAVED = 100
/**
 * For how long an issuer that publishes outdated keys, and nothing else, is not believed: longer than any cache between
 * us keeps a key set (max-age 300 s).
 */
const INSIST_MS = 600_000
/** News and keys come on two ways: keys that first came this shortly before the news may be those that it is of. */
const OVERTAKEN_MS = 2000
/** While the issuer is in touch, its news is no later than that. */
const LATEST_NEWS_MS = 10_000

/**
 * Tells which keys an emergency ("Revoke All") has made void. A key set does not say of which epoch it is, but it gives it
 * away: an emergency replaces every key, a planned rotation never does. So a set of which no key was ever seen begins a
 * new era. When the epoch goes up, the keys of the eras before are void at once, whether or not the new set has come; and
 * a set of them alone is outdated: it comes from a cache, or from an instance of the issuer that lags behind.
 */
export class Epochs {
  readonly #clock: Clock
  readonly #eras = new Map<string, number>()
  #era = 0
  #eraInUse = 0
  #eraBegan = Number.NEGATIVE_INFINITY
  #epoch: number | undefined
  /** The era that the known epoch began with, or will begin with. */
  #eraOfEpoch = 0
  #voidUpTo = -1
  /** True from the first epoch that is heard of until the keys were asked for since. */
  #inDoubt = false
  #outdatedSince: number | undefined
  /** True when the issuer itself has said of which epoch the set in use is. */
  #isCertain = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The epoch of the keys; undefined when it is not known. */
  get epoch(): number | undefined {
    return this.#era > this.#eraOfEpoch ? undefined : this.#epoch
  }

  /** True from the news of an emergency until the keys of the new epoch have come. */
  get awaitingKeys(): boolean {
    return this.#inDoubt || this.#voidUpTo >= this.#eraInUse
  }

  isVoid(kid: string): boolean {
    return this.#inDoubt || (this.#eras.get(kid) ?? Number.POSITIVE_INFINITY) <= this.#voidUpTo
  }

  /** True for a key that was in a set once, and not in one that is newer than the set in use. */
  wasWithdrawn(kid: string): boolean {
    return (this.#eras.get(kid) ?? Number.POSITIVE_INFINITY) <= this.#eraInUse
  }

  /** True for a key of a set that is newer than the one in use: who published that lags behind, or was wrong before. */
  isAhead(kid: string): boolean {
    return (this.#eras.get(kid) ?? Number.NEGATIVE_INFINITY) > this.#eraInUse
  }

  /** The issuer was in touch, and has told all its news. */
  inTouch(): void {
    if (this.#clock.monotonic() - this.#eraBegan < LATEST_NEWS_MS) return
    this.#eraOfEpoch = Math.max(this.#eraOfEpoch, this.#era)
  }

  /** The keys that are void, the last ones if there are many. */
  get voidKids(): string[] {
    return [...this.#eras.keys()].filter((kid) => this.isVoid(kid)).slice(-MAX_SAVED)
  }

  /** Takes what a snapshot holds. */
  restore(epoch: number | null, kids: readonly string[], voidKids: readonly string[]): void {
    if (epoch !== null) this.#epoch = epoch
    for (const kid of voidKids) this.#eras.set(kid, this.#era)
    if (voidKids.length > 0) {
      this.#voidUpTo = this.#era
      this.#eraOfEpoch = this.#era + 1
      if (kids.length > 0) this.#era += 1
    }
    for (const kid of kids) this.#eras.set(kid, this.#era)
    this.#eraInUse = this.#era
  }

  /** Takes the epoch that the issuer spoke of. */
  heard(epoch: number): void {
    const known = this.#epoch
    // A lower one comes from an instance that lags behind.
    if (known !== undefined && epoch <= known) return
    this.#epoch = epoch
    const isYoung = this.#clock.monotonic() - this.#eraBegan < OVERTAKEN_MS
    const mayBeOfIt = !this.#isCertain && (isYoung || this.#eras.size === 0)
    if (known === undefined) {
      // Ours may be the keys of this epoch, or of one before. The first epoch has none before it.
      this.#inDoubt = !mayBeOfIt && epoch > FIRST_EPOCH
      this.#eraOfEpoch = this.#era
    } else {
      this.#eraOfEpoch = mayBeOfIt || this.#era > this.#eraOfEpoch ? this.#era : this.#era + 1
      this.#voidUpTo = this.#eraOfEpoch - 1
    }
  }

  /**
   * Takes the ids of a key set that the issuer published; at least one.
   *
   * @param isSinceNews false when it was asked for before the last news of a change
   * @param epoch of the set, if the issuer says so
   * @returns false when the set is outdated, and is not to be used
   */
  published(kids: readonly string[], isSinceNews: boolean, epoch?: number): boolean {
    if (isSinceNews) this.#inDoubt = false
    const now = this.#clock.monotonic()
    const known = kids.flatMap((kid) => this.#eras.get(kid) ?? [])
    if (known.length === 0) {
      if (this.#eras.size > 0) this.#era += 1
      this.#eraBegan = now
    }
    const era = known.length === 0 ? this.#era : Math.max(...known)
    for (const kid of kids) if (!this.#eras.has(kid)) this.#eras.set(kid, era)
    for (const kid of this.#eras.keys()) if (this.#eras.size > MAX_REMEMBERED) this.#eras.delete(kid)
    const isOfBefore = epoch !== undefined && this.#epoch !== undefined && epoch < this.#epoch
    if (era > this.#voidUpTo && !isOfBefore) this.#outdatedSince = undefined
    else {
      this.#outdatedSince ??= now
      if (now - this.#outdatedSince < INSIST_MS) return false
      // The issuer knows better: good keys must not be refused for ever because the news was misread.
      this.#voidUpTo = -1
      this.#outdatedSince = undefined
      this.#eraOfEpoch = this.#era
    }
    this.#eraInUse = era
    this.#isCertain = epoch !== undefined
    if (epoch !== undefined) this.#isOf(epoch)
    return true
  }

  /** The issuer itself says of which epoch the set in use is: there is nothing to conclude. */
  #isOf(epoch: number): void {
    this.#epoch = epoch
    this.#eraOfEpoch = this.#eraInUse
    this.#voidUpTo = Math.max(this.#voidUpTo, this.#eraInUse - 1)
    this.#inDoubt = false
  }
}
