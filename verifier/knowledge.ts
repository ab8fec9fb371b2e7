import type { VerifierEvents, VerifierFault } from './api.ts'
import type { Counts } from './counts.ts'
import { Emitter } from './emitter.ts'
import { type Ages, Freshness } from './freshness.ts'
import { KeyKeeper } from './keys/key-keeper.ts'
import { KeySource } from './keys/key-source.ts'
import type { RevocationEvent } from './revocations/event.ts'
import { type Following, RevocationFollower } from './revocations/follower.ts'
import { RevokedSessions } from './revocations/revoked-sessions.ts'
import type { Settings } from './settings.ts'
import { readSnapshot, type SnapshotContent, writeSnapshot } from './snapshot/content.ts'
import { SnapshotKeeper } from './snapshot/keeper.ts'

/** What a verifier knows of its issuer, and the work in the background that keeps it true. */
export class Knowledge {
  readonly keys: KeyKeeper
  readonly revoked: RevokedSessions
  readonly freshness: Freshness
  readonly emitter = new Emitter()
  readonly #settings: Settings
  readonly #counts: Counts
  readonly #stop = new AbortController()
  readonly #follower: RevocationFollower | undefined
  readonly #snapshot: SnapshotKeeper | undefined
  readonly #lastFault = new Map<string, string>()
  #following: Promise<void> | undefined
  #heardAt = Number.NEGATIVE_INFINITY
  #cursor: string | undefined
  #asked = false
  #fromSnapshot = false
  #onReady = () => {}

  constructor(settings: Settings, counts: Counts) {
    const { clock, revocationsUri: url, snapshotFile } = settings
    const { signal } = this.#stop
    this.#settings = settings
    this.#counts = counts
    this.keys = new KeyKeeper(settings, new KeySource(settings, signal), {
      changed: (kids, removed) => this.#changed('keys', { kids, removed }),
      confirmed: () => {
        this.#fromSnapshot = false
        this.#inTouch('keys')
      },
      failed: (error) => this.#fault('keys', error),
    })
    this.revoked = new RevokedSessions(clock, settings.clockToleranceS * 1000)
    this.#follower = url === undefined ? undefined : this.#newFollower(url)
    this.freshness = new Freshness(
      settings,
      () => this.ages,
      (isStale, ages) => this.emitter.emit(isStale ? 'stale' : 'fresh', ages),
    )
    if (snapshotFile !== undefined) {
      const text = () => writeSnapshot(this.#content(), settings)
      this.#snapshot = new SnapshotKeeper(snapshotFile, text, (error) => this.#fault('snapshot', error))
    }
  }

  get following(): Following {
    return this.isClosed ? 'none' : (this.#follower?.following ?? 'none')
  }

  /** True as long as the keys come from the snapshot. */
  get fromSnapshot(): boolean {
    return this.#fromSnapshot
  }

  get isClosed(): boolean {
    return this.#stop.signal.aborted
  }

  get ages(): Ages {
    const revocationsAgeMs = this.#follower === undefined ? 0 : this.#settings.clock.monotonic() - this.#heardAt
    return { keysAgeMs: this.keys.ageMs, revocationsAgeMs }
  }

  /** Resolves when keys and revocations were asked for once, well or not; `onReady` is called when there are keys. */
  async begin(onReady: () => void): Promise<void> {
    this.#onReady = onReady
    await this.#restore()
    if (this.isClosed) return
    const asked = new Promise<void>((resolve) => {
      if (this.#follower === undefined) resolve()
      else this.#following = this.#follower.run(this.#cursor, resolve)
    })
    await Promise.all([this.keys.refresh(), asked])
    this.#asked = true
    this.#check()
  }

  /** Stops everything; writes the snapshot a last time. */
  async close(): Promise<void> {
    this.#stop.abort()
    this.keys.close()
    this.freshness.close()
    await this.#following
    await this.#snapshot?.close()
  }

  #newFollower(url: string): RevocationFollower {
    return new RevocationFollower(this.#settings, url, this.#stop.signal, {
      event: (event) => this.#take(event),
      heard: (way) => {
        this.#heardAt = this.#settings.clock.monotonic()
        this.keys.inTouch()
        this.#inTouch('revocations', way)
      },
      connected: () => {
        // At the start the keys are asked for anyway.
        if (this.#asked) void this.keys.refresh()
      },
      failed: (error, way) => this.#fault('revocations', error, way),
    })
  }

  #take(event: RevocationEvent): void {
    if (event.type === 'keys_changed') this.keys.changed(event.epoch)
    else if (this.revoked.add(event.sessionId, event.expiresAt)) {
      this.#changed('revoked', { sessionId: event.sessionId })
    }
  }

  #changed<E extends 'keys' | 'revoked'>(event: E, detail: VerifierEvents[E]): void {
    this.#snapshot?.save('change')
    this.emitter.emit(event, detail)
  }

  #inTouch(part: 'keys' | 'revocations', by: string = part): void {
    this.#counts.answers[part] += 1
    this.#lastFault.delete(by)
    this.#snapshot?.save('confirmation')
    this.#check()
  }

  #check(): void {
    if (!this.#asked) return
    this.freshness.check()
    if (this.keys.keys.size > 0) this.#onReady()
  }

  /** Each is counted; one that goes on is told of once. */
  #fault(part: VerifierFault['part'], error: unknown, by: string = part): void {
    this.#counts.faults[part] += 1
    const text = String(error)
    if (this.#lastFault.get(by) === text) return
    this.#lastFault.set(by, text)
    this.emitter.fault(part, error)
  }

  /** Takes what the snapshot says. One that is broken or of another issuer is as good as none. */
  async #restore(): Promise<void> {
    const { clock } = this.#settings
    const age = (at: number | null) => (at === null ? Number.POSITIVE_INFINITY : Math.max(0, clock.now() - at))
    try {
      const text = await this.#snapshot?.read()
      if (text === undefined) return
      const { keys, cursor, revoked, ...rest } = await readSnapshot(text, this.#settings)
      for (const [id, expiresAt] of revoked) this.revoked.add(id, expiresAt)
      this.#cursor = cursor ?? undefined
      this.#heardAt = clock.monotonic() - age(rest.revocationsConfirmedAt)
      this.#fromSnapshot = keys.size > 0
      this.keys.restore(keys, rest, age(rest.keysConfirmedAt))
      if (this.#fromSnapshot) this.#onReady()
    } catch (error) {
      this.#fault('snapshot', error)
    }
  }

  #content(): SnapshotContent {
    const at = (ageMs: number) => (Number.isFinite(ageMs) ? this.#settings.clock.now() - ageMs : null)
    const { keysAgeMs, revocationsAgeMs } = this.ages
    return {
      keysConfirmedAt: at(keysAgeMs),
      revocationsConfirmedAt: this.#follower === undefined ? null : at(revocationsAgeMs),
      ...this.keys.history,
      cursor: this.#follower?.cursor ?? this.#cursor ?? null,
      keys: [...this.keys.keys.values()].map(({ jwk }) => jwk),
      revoked: this.revoked.entries(),
    }
  }
}
