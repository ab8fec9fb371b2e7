import { Backoff, Sleep } from '../net/timers.ts'
import type { Settings } from '../settings.ts'
import { type RevocationEvent, readEvent } from './event.ts'
import { getPage } from './page.ts'
import { followStream } from './stream.ts'

export interface FollowerEvents {
  event(event: RevocationEvent): void
  /** The issuer was in touch: nothing is revoked but what was told. */
  heard(way: Way): void
  /** Events may have been missed that are not told again: the keys must be looked at. */
  connected(): void
  failed(error: unknown, way: Way): void
}

export type Way = 'stream' | 'polling'
export type Following = Way | 'none'

const FIRST_STREAM_RETRY_MS = 1000
const MOST_STREAM_RETRY_MS = 30_000
const MOST_POLL_RETRY_MS = 5000
/** The issuer speaks every 15 s. After this silence revocations are polled as well, though the stream may come back. */
const QUIET_MS = 20_000
const DEAD_MS = 35_000

/** Follows what the issuer revokes: by its event stream, and by polling for as long as the stream can not be had. */
export class RevocationFollower {
  readonly #settings: Settings
  readonly #url: string
  readonly #events: FollowerEvents
  readonly #signal: AbortSignal
  readonly #streamPause = new Sleep()
  readonly #pollPause = new Sleep()
  readonly #streamBackoff: Backoff
  readonly #pollBackoff: Backoff
  #cursor: string | undefined
  #streaming = false
  #polling = false

  constructor(settings: Settings, url: string, signal: AbortSignal, events: FollowerEvents) {
    this.#settings = settings
    this.#url = url
    this.#signal = signal
    this.#events = events
    this.#streamBackoff = new Backoff(FIRST_STREAM_RETRY_MS, MOST_STREAM_RETRY_MS, settings.random)
    this.#pollBackoff = new Backoff(settings.pollIntervalMs, MOST_POLL_RETRY_MS, settings.random)
  }

  get following(): Following {
    if (this.#streaming) return 'stream'
    return this.#polling ? 'polling' : 'none'
  }

  /** Everything up to here is known. */
  get cursor(): string | undefined {
    return this.#cursor
  }

  /** Follows until the signal aborts; `first` is called after the first question, answered or not. */
  async run(cursor: string | undefined, first: () => void): Promise<void> {
    this.#cursor = cursor
    await this.#poll()
    first()
    await Promise.all([this.#streams(), this.#polls()])
  }

  async #streams(): Promise<void> {
    const { fetch, requestTimeoutMs, maxStalenessMs } = this.#settings
    const quietMs = Math.min(QUIET_MS, maxStalenessMs / 2)
    while (!this.#signal.aborted) {
      try {
        await followStream({
          fetch,
          url: this.#url,
          cursor: this.#cursor,
          timeoutMs: requestTimeoutMs,
          quietMs,
          deadMs: DEAD_MS,
          signal: this.#signal,
          alive: () => this.#alive(),
          quiet: () => this.#silent(),
          event: ({ id, data }) => {
            this.#take(parsed(data), 'stream')
            if (id !== undefined) this.#cursor = id
          },
        })
      } catch (error) {
        this.#failed(error, 'stream')
      }
      this.#silent()
      await this.#streamPause.for(this.#streamBackoff.nextMs(), this.#signal)
    }
  }

  async #polls(): Promise<void> {
    while (!this.#signal.aborted) {
      // Woken when the stream ends; then nothing that came meanwhile waits for the next turn.
      await this.#pollPause.for(this.#streaming ? Number.POSITIVE_INFINITY : this.#pollDelayMs(), this.#signal)
      if (!this.#streaming && !this.#signal.aborted) await this.#poll()
    }
  }

  async #poll(): Promise<void> {
    const { fetch, requestTimeoutMs: timeoutMs } = this.#settings
    try {
      const page = await getPage(fetch, this.#url, this.#cursor, { timeoutMs, signal: this.#signal })
      for (const event of page.events) this.#take(event, 'polling')
      this.#cursor = page.cursor
      if (page.reset || !this.#polling) this.#events.connected()
      if (!this.#polling) {
        // The issuer is back: the stream is worth another try.
        this.#streamBackoff.reset()
        this.#streamPause.wake()
      }
      this.#polling = true
      this.#pollBackoff.reset()
      this.#events.heard('polling')
    } catch (error) {
      this.#polling = false
      this.#failed(error, 'polling')
    }
  }

  #pollDelayMs(): number {
    const { pollIntervalMs, random } = this.#settings
    return this.#polling ? pollIntervalMs * (1 - random() / 4) : this.#pollBackoff.nextMs()
  }

  /** One that can't be read must not keep the others from us. */
  #take(value: unknown, way: Way): void {
    try {
      const event = readEvent(value)
      if (event !== undefined) this.#events.event(event)
    } catch (error) {
      this.#failed(error, way)
    }
  }

  #alive(): void {
    if (!this.#streaming) {
      this.#streaming = true
      this.#polling = false
      this.#streamBackoff.reset()
      this.#events.connected()
    }
    this.#events.heard('stream')
  }

  #silent(): void {
    if (!this.#streaming) return
    this.#streaming = false
    this.#polling = true
    this.#pollPause.wake()
  }

  #failed(error: unknown, way: Way): void {
    if (!this.#signal.aborted) this.#events.failed(error, way)
  }
}

/** Undefined when it is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
