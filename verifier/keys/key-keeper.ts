import { Backoff, timer } from '../net/timers.ts'
import type { Settings } from '../settings.ts'
import { Epochs } from './epochs.ts'
import type { KeySet, VerificationKey } from './key-set.ts'
import type { KeySource, PublishedKeys } from './key-source.ts'
import { LateNews } from './late-news.ts'
import { LookUps } from './look-ups.ts'
import { Newest } from './stamp.ts'

export interface KeyKeeperEvents {
  /** The keys in use are others than before. */
  changed(kids: readonly string[], removed: readonly string[]): void
  /** The issuer confirmed the keys. */
  confirmed(): void
  failed(error: unknown): void
}

export interface KeyHistory {
  /** Of the issuer's key ring; null when it is not known. */
  readonly epoch: number | null
  readonly voidKids: readonly string[]
}

/** What is known of a key that is not in use: the issuer withdrew it, has no such key, or can't be asked so soon. */
export type NoKey = 'withdrawn' | 'unknown' | { readonly waitMs: number }

/** After news of a change, an instance of the issuer may still answer with the old set: looks again after these waits. */
const FOLLOW_UPS_MS = [100, 250, 650, 2000]
/** By then every instance of the issuer has heard of a change. */
const LONGEST_LAG_MS = 2000
const FIRST_RETRY_MS = 1000
const MOST_RETRY_MS = 30_000

/** Keeps the last good key set, and keeps it in step with the issuer. */
export class KeyKeeper {
  readonly #settings: Settings
  readonly #source: KeySource
  readonly #events: KeyKeeperEvents
  readonly #epochs: Epochs
  readonly #newest: Newest
  readonly #backoff: Backoff
  readonly #lookUps: LookUps
  readonly #lateNews: LateNews
  #published: PublishedKeys = { keys: new Map(), stamp: undefined }
  #usable: KeySet = new Map()
  #confirmedAt = Number.NEGATIVE_INFINITY
  #inFlight: Promise<boolean> | undefined
  #next: Promise<boolean> | undefined
  #followUps: number[] = []
  /** The last answer was older than one before: another instance of the issuer knows more. */
  #isLagging = false
  #news = 0
  #stopTimer = () => {}
  #dueAt = 0
  #closed = false

  constructor(settings: Settings, source: KeySource, events: KeyKeeperEvents) {
    this.#settings = settings
    this.#source = source
    this.#events = events
    this.#epochs = new Epochs(settings.clock)
    this.#newest = new Newest(settings.clock)
    const mostMs = Math.min(MOST_RETRY_MS, settings.refreshIntervalMs)
    this.#backoff = new Backoff(Math.min(FIRST_RETRY_MS, mostMs), mostMs, settings.random)
    this.#lookUps = new LookUps(settings.clock)
    this.#lateNews = new LateNews(settings.clock)
  }

  /** The keys that tokens are accepted of. */
  get keys(): KeySet {
    return this.#usable
  }

  /** What a snapshot must hold, so that no key that is void comes back after a restart. */
  get history(): KeyHistory {
    const { epoch = null, voidKids } = this.#epochs
    return { epoch, voidKids }
  }

  /** True from the news of an emergency until the new keys have come. */
  get awaitingKeys(): boolean {
    return this.#epochs.awaitingKeys
  }

  /** Since the issuer last confirmed the keys, in milliseconds. */
  get ageMs(): number {
    return this.#settings.clock.monotonic() - this.#confirmedAt
  }

  /** Until the next look that is planned, in milliseconds. */
  get nextLookMs(): number {
    return Math.max(0, this.#dueAt - this.#settings.clock.monotonic())
  }

  get(kid: string): VerificationKey | undefined {
    return this.#usable.get(kid)
  }

  /** Takes the keys of a snapshot that the issuer confirmed `ageMs` ago. */
  restore(keys: KeySet, { epoch, voidKids }: KeyHistory, ageMs: number): void {
    this.#confirmedAt = this.#settings.clock.monotonic() - ageMs
    this.#epochs.restore(epoch, [...keys.keys()], voidKids)
    this.#published = { keys, stamp: undefined }
    this.#select()
  }

  /**
   * Looks for a key that is not in use, by asking the issuer if that is allowed now.
   *
   * @param mayBeNew the key may be so new that not every instance of the issuer knows it, and news of it is to be expected
   */
  async find(kid: string, mayBeNew: boolean): Promise<VerificationKey | NoKey> {
    for (;;) {
      const found = await this.#find(kid)
      const isComing = this.awaitingKeys || this.#isLagging
      const isOpen = found === 'unknown' || (isComing && found !== 'withdrawn' && 'waitMs' in found)
      if (!isOpen) return found
      // Other keys than this one may have come.
      if (mayBeNew && (await this.#lateNews.wait())) continue
      const isProved = !this.#epochs.isAhead(kid) && !this.#isLagging
      return found === 'unknown' && !isProved ? { waitMs: this.nextLookMs } : found
    }
  }

  /** Asks the issuer now. True when it confirmed the keys after this call. Many callers at once make one request. */
  refresh(): Promise<boolean> {
    if (this.#closed) return Promise.resolve(false)
    if (this.#inFlight === undefined) return this.#begin()
    // What is under way may have been answered before whatever made this caller ask.
    this.#next ??= this.#inFlight.then(() => {
      this.#next = undefined
      return this.refresh()
    })
    return this.#next
  }

  /** The issuer was in touch, and has told all its news. */
  inTouch(): void {
    this.#epochs.inTouch()
  }

  /** News of a change: asks now, and some times more. */
  changed(epoch: number): void {
    this.#news += 1
    this.#epochs.heard(epoch)
    this.#select()
    this.#followUps = [...FOLLOW_UPS_MS]
    this.#lookUps.reset()
    void this.refresh()
  }

  close(): void {
    this.#closed = true
    this.#stopTimer()
    this.#lateNews.close()
  }

  async #find(kid: string): Promise<VerificationKey | NoKey> {
    // They are on their way, as a rule.
    if (this.#epochs.awaitingKeys) await (this.#next ?? this.#inFlight)
    const known = this.#usable.get(kid)
    if (known !== undefined) return known
    if (this.#epochs.awaitingKeys) return { waitMs: this.nextLookMs }
    if (this.#epochs.wasWithdrawn(kid)) return 'withdrawn'
    if (this.#inFlight === undefined) {
      const { isYoung, waitMs } = this.#lookUps
      if (isYoung && this.ageMs < 1000) this.#lookUps.foundNothing(kid)
      if (waitMs > 0) return this.#lookUps.wasInVain(kid) ? 'unknown' : { waitMs }
      this.#lookUps.asked()
    }
    const answered = await (this.#inFlight ?? this.refresh())
    const key = this.#usable.get(kid)
    if (key !== undefined || !answered) return key ?? { waitMs: this.nextLookMs }
    this.#lookUps.foundNothing(kid)
    return 'unknown'
  }

  #begin(): Promise<boolean> {
    this.#stopTimer()
    const asked = this.#settings.clock.monotonic()
    this.#inFlight = this.#load().then((confirmed) => {
      this.#inFlight = undefined
      if (this.#closed) return false
      if (confirmed) this.#confirm(asked)
      else this.#plan(this.#followUps.shift() ?? this.#backoff.nextMs())
      return confirmed
    })
    return this.#inFlight
  }

  /** Never rejects. */
  async #load(): Promise<boolean> {
    const news = this.#news
    try {
      const published = (await this.#source.load()) ?? this.#published
      return this.#closed || this.#take(published, news === this.#news)
    } catch (error) {
      if (!this.#closed) this.#events.failed(error)
      return false
    }
  }

  #confirm(asked: number): void {
    const { refreshIntervalMs, random } = this.#settings
    this.#confirmedAt = asked
    this.#backoff.reset()
    this.#plan(this.#followUps.shift() ?? refreshIntervalMs * (0.9 + random() / 5))
    this.#events.confirmed()
  }

  #plan(delayMs: number): void {
    this.#stopTimer()
    this.#dueAt = this.#settings.clock.monotonic() + delayMs
    this.#stopTimer = timer(delayMs, () => void this.refresh())
  }

  /**
   * False when the set is older than one that was published before, and was not taken: an instance may have to hear yet.
   *
   * @throws Error when it is older than a lag explains
   */
  #take(published: PublishedKeys, isSinceNews: boolean): boolean {
    const { keys, stamp } = published
    const olderForMs = this.#newest.olderForMs(stamp)
    if (olderForMs === undefined && this.#epochs.published([...keys.keys()], isSinceNews, stamp?.epoch)) {
      this.#published = published
      this.#isLagging = false
      this.#select()
      return true
    }
    this.#source.forgetEtag()
    this.#isLagging = olderForMs !== undefined
    if (olderForMs === 0) this.#followUps = [...FOLLOW_UPS_MS]
    if (olderForMs !== undefined && olderForMs < LONGEST_LAG_MS) return false
    throw new Error('the issuer, or a cache before it, still publishes an older key set')
  }

  /** Puts in use what is published and not void. */
  #select(): void {
    const before = this.#usable
    this.#usable = new Map([...this.#published.keys].filter(([kid]) => !this.#epochs.isVoid(kid)))
    const removed = [...before.keys()].filter((kid) => !this.#usable.has(kid))
    if (removed.length === 0 && before.size === this.#usable.size) return
    this.#lookUps.reset()
    this.#lateNews.arrived()
    this.#events.changed([...this.#usable.keys()], removed)
  }
}
