import { AppError } from '../errors.ts'
import { describe } from '../resilience/guard.ts'
import type { AuditEvent } from './event.ts'
import type { Spill } from './spill.ts'

const MAX_QUEUE = 10_000
const BATCH = 200
const FLUSH_MS = 100
/** SQLSTATE classes of an event that Postgres will never take: data exception, integrity constraint violation. */
const POISON = /^2[23]/

export interface AuditLogOptions {
  readonly append: (events: readonly AuditEvent[]) => Promise<void>
  /** False: Postgres need not be tried now. */
  readonly writable: () => boolean
  /** Null: no folder can be written; events wait in memory alone. */
  readonly spill: Spill | null
  readonly log: {
    info(fields: object, line: string): void
    warn(fields: object, line: string): void
    error(fields: object, line: string): void
  }
}

/**
 * Why events were lost: no room in memory, no room on the disk, a line that can't be read, refused by Postgres, still there
 * at the end; `flood`: not written down because one address made too many of a kind.
 */
export type AuditLoss = 'queue_full' | 'spill_full' | 'damaged' | 'refused' | 'end' | 'flood'

/**
 * The way of audit events to Postgres: a bounded queue, written in batches in the background, so that no request waits for
 * it. While Postgres is away they go to the spill; what was spilled first is written first.
 */
export class AuditLog {
  readonly dropped: Record<AuditLoss, number> = {
    queue_full: 0,
    spill_full: 0,
    damaged: 0,
    refused: 0,
    end: 0,
    flood: 0,
  }
  /** Events that were taken, by type and outcome. */
  readonly totals = new Map<string, { readonly type: string; readonly outcome: string; count: number }>()
  readonly #options: AuditLogOptions
  readonly #queue: AuditEvent[] = []
  #spilled = 0
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #again = false
  #away = false
  #complained = false

  constructor(options: AuditLogOptions) {
    this.#options = options
  }

  /** Events that were written to the spill, since the start. */
  get spilled(): number {
    return this.#spilled
  }

  /** Events that are not in Postgres yet. */
  get backlog(): number {
    return this.#queue.length + (this.#options.spill?.events ?? 0)
  }

  get spillBytes(): number {
    return this.#options.spill?.bytes ?? 0
  }

  /** Takes an event, without waiting for anything. */
  add(event: AuditEvent): void {
    if (this.#queue.length >= MAX_QUEUE) {
      this.#lose('queue_full', 1)
      return
    }
    this.#queue.push(event)
    const { type, outcome } = event
    const total = this.totals.get(`${type} ${outcome}`) ?? { type, outcome, count: 0 }
    total.count += 1
    this.totals.set(`${type} ${outcome}`, total)
    this.#timer ??= setTimeout(() => void this.drain(), FLUSH_MS).unref()
  }

  /**
   * Writes everything that waits: to Postgres, or to the spill. Resolves when that has been tried, with what was added
   * before the call; never rejects.
   */
  drain(): Promise<void> {
    if (this.#running !== undefined) this.#again = true
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  /** Writes what waits, at most `limitMs` to Postgres, and the rest to the spill. */
  async close(limitMs: number): Promise<void> {
    const { spill, log } = this.#options
    const late = Promise.withResolvers<void>()
    const timer = setTimeout(late.resolve, limitMs)
    await Promise.race([this.drain(), late.promise])
    clearTimeout(timer)
    clearTimeout(this.#timer)
    await this.#spillQueue()
    const lost = this.#queue.length
    if (lost > 0) {
      this.dropped.end += lost
      log.error({ lost }, 'audit: events are lost at the end: neither postgres nor the disk took them')
    }
    // A call to Postgres that is still under way must not find its file closed.
    const closed = Promise.resolve(this.#running).then(() => spill?.close())
    if (this.#running === undefined) await closed
  }

  async #run(): Promise<void> {
    do {
      this.#again = false
      clearTimeout(this.#timer)
      this.#timer = undefined
      await this.#pass()
    } while (this.#again)
  }

  async #pass(): Promise<void> {
    const { spill, writable, log } = this.#options
    try {
      await spill?.lookAround()
      if (!writable()) return await this.#wait('postgres is not writable')
      const replayed = await this.#replay()
      while (this.#queue.length > 0) {
        const batch = this.#queue.slice(0, BATCH)
        await this.#store(batch)
        // At the end they may have gone to the spill meanwhile.
        if (this.#queue[0] === batch[0]) this.#queue.splice(0, batch.length)
      }
      if (replayed > 0) log.info({ events: replayed }, 'audit: spilled events are in postgres')
      this.#away = false
    } catch (error) {
      await this.#wait(error)
    }
  }

  /** What comes while a spill is replayed goes behind it, so that the order stays and a crash loses no more. */
  async #replay(): Promise<number> {
    let replayed = 0
    for (;;) {
      const batch = (await this.#options.spill?.next()) ?? null
      if (batch === null) return replayed
      for (let i = 0; i < batch.events.length; i += BATCH) await this.#store(batch.events.slice(i, i + BATCH))
      await batch.done()
      this.#lose('damaged', batch.damaged)
      replayed += batch.events.length
      if (this.#queue.length >= BATCH) await this.#spillQueue()
    }
  }

  /** One event that Postgres refuses must not hold up the others. */
  async #store(events: readonly AuditEvent[]): Promise<void> {
    try {
      await this.#options.append(events)
    } catch (error) {
      const { code } = error as { code?: unknown }
      if (error instanceof AppError || typeof code !== 'string' || !POISON.test(code)) throw error
      if (events.length > 1) {
        for (const event of events) await this.#store([event])
        return
      }
      this.#lose('refused', 1)
      this.#options.log.error({ err: error, event: events[0] }, 'audit: postgres refuses an event')
    }
  }

  async #wait(why: unknown): Promise<void> {
    const waiting = this.#queue.length
    await this.#spillQueue()
    if (this.#away || waiting === 0) return
    this.#away = true
    const where = this.#options.spill === null ? 'memory' : 'disk'
    const reason = typeof why === 'string' ? why : describe(why instanceof AppError ? why.cause : why)
    this.#options.log.warn({ reason, where }, 'audit: events wait for postgres')
  }

  async #spillQueue(): Promise<void> {
    const { spill, log } = this.#options
    const batch = [...this.#queue]
    if (spill === null || batch.length === 0) return
    try {
      const fitting = await spill.append(batch)
      this.#queue.splice(0, batch.length)
      this.#spilled += fitting
      this.#lose('spill_full', batch.length - fitting)
      this.#complained = false
    } catch (error) {
      if (!this.#complained) log.error({ err: error }, 'audit: the spill can not be written; events wait in memory')
      this.#complained = true
    }
  }

  #lose(why: AuditLoss, count: number): void {
    if (count > 0 && this.dropped[why] === 0) this.#options.log.error({ why }, 'audit: events are lost')
    this.dropped[why] += count
  }
}
