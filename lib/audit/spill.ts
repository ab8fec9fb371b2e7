import { createHash } from 'node:crypto'
import { readlinkSync } from 'node:fs'
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { AuditEvent } from './event.ts'
import { type SpilledBatch, SpillFile } from './spill-file.ts'

/** A file of a process that we can't look at is left behind when nobody has touched it for so long. */
const STALE_MS = 30_000
const LOOK_EVERY_MS = 10_000
const NAME = /^audit\.([0-9a-f]{12})\.(\d+)\.([0-9a-f-]{36})\.ndjson$/

export interface SpillOptions {
  readonly folder: string
  /** For all files in the folder, other processes' as last seen. */
  readonly maxBytes: number
  /** UUIDv7 of this process's file: files are replayed in the order of their ids. */
  readonly id: string
  readonly monotonic: () => number
}

/**
 * Where audit events wait on disk while Postgres is away: a file for each process, in a folder that several may share.
 * What a process has left behind is taken over by another, or by the next one. Two that replay the same file do no harm:
 * an event is stored once.
 */
export class Spill {
  readonly #options: SpillOptions
  readonly #own: SpillFile
  #others: SpillFile[] = []
  #foreignBytes = 0
  #lookedAt = Number.NEGATIVE_INFINITY
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: SpillOptions) {
    this.#options = options
    this.#own = new SpillFile(join(options.folder, `audit.${namespace()}.${process.pid}.${options.id}.ndjson`))
  }

  /** @throws Error when the folder can't be written */
  async open(): Promise<void> {
    const { folder, id } = this.#options
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const trial = join(folder, `.${id}`)
    await (await open(trial, 'w')).close()
    await rm(trial)
  }

  /** Bytes in the folder, those of other processes as last seen. */
  get bytes(): number {
    return this.#files.reduce((sum, { bytes }) => sum + bytes, this.#foreignBytes)
  }

  /** Events for this process to replay. */
  get events(): number {
    return this.#files.reduce((sum, { events }) => sum + events, 0)
  }

  /**
   * Appends events, in their order, as many as there is room for, and resolves when they are on the disk.
   *
   * @returns how many
   * @throws Error when the file can't be written; then none was appended
   */
  append(events: readonly AuditEvent[]): Promise<number> {
    return this.#inTurn(() => this.#append(events))
  }

  /** The oldest events of all. Null when there is none. */
  next(): Promise<SpilledBatch | null> {
    return this.#inTurn(() => this.#next())
  }

  /** Looks, not too often, for what other processes have left behind. */
  lookAround(): Promise<void> {
    return this.#inTurn(() => this.#look())
  }

  close(): Promise<void> {
    return this.#inTurn(async () => {
      for (const file of this.#files) await file.close()
    })
  }

  async #append(events: readonly AuditEvent[]): Promise<number> {
    let room = this.#options.maxBytes - this.bytes
    const lines: string[] = []
    for (const event of events) {
      const line = `${JSON.stringify(event)}\n`
      room -= Buffer.byteLength(line)
      if (room < 0) break
      lines.push(line)
    }
    if (lines.length > 0) await this.#own.append(lines)
    return lines.length
  }

  async #next(): Promise<SpilledBatch | null> {
    for (let file = this.#others[0]; file !== undefined; file = this.#others[0]) {
      const batch = await file.next()
      if (batch !== null) return this.#finishedInTurn(batch)
      await file.remove()
      this.#others.shift()
    }
    const batch = await this.#own.next()
    return batch === null ? null : this.#finishedInTurn(batch)
  }

  #finishedInTurn(batch: SpilledBatch): SpilledBatch {
    return { ...batch, done: () => this.#inTurn(batch.done) }
  }

  async #look(): Promise<void> {
    const { folder, monotonic } = this.#options
    await this.#own.touch()
    if (monotonic() - this.#lookedAt < LOOK_EVERY_MS) return
    this.#lookedAt = monotonic()
    this.#foreignBytes = 0
    const known = new Set(this.#files.map(({ path }) => path))
    for (const name of (await readdir(folder).catch(() => [])).sort(byId)) {
      const path = join(folder, name)
      if (!NAME.test(name) || known.has(path)) continue
      const left = (await isLeftBehind(name, path)) ? await SpillFile.leftBehind(path) : null
      if (left !== null) this.#others.push(left)
      else this.#foreignBytes += (await stat(path).catch(() => null))?.size ?? 0
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => {})
    return done
  }

  get #files(): SpillFile[] {
    return [...this.#others, this.#own]
  }
}

/** Where process ids mean the same: this machine, or this container. */
function namespace(): string {
  let ids = ''
  try {
    ids = readlinkSync('/proc/self/ns/pid')
    /* c8 ignore next 3: not on Linux */
  } catch {
    ids = ''
  }
  return createHash('sha256').update(`${hostname()} ${ids}`).digest('hex').slice(0, 12)
}

async function isLeftBehind(name: string, path: string): Promise<boolean> {
  const [, where, pid] = NAME.exec(name) ?? []
  if (where === namespace() && !isAlive(Number(pid))) return true
  const { mtimeMs } = (await stat(path).catch(() => null)) ?? { mtimeMs: Date.now() }
  return Date.now() - mtimeMs > STALE_MS
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function byId(a: string, b: string): number {
  return (NAME.exec(a)?.[3] ?? '').localeCompare(NAME.exec(b)?.[3] ?? '')
}
