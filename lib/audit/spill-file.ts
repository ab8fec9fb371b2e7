import { createReadStream } from 'node:fs'
import { type FileHandle, open, rm, stat, utimes } from 'node:fs/promises'
import { type AuditEvent, parseAuditEvent } from './event.ts'

const CHUNK_BYTES = 262_144
const NEWLINE = 10

/** Some events from the front of a file, and what to call when they are in Postgres. */
export interface SpilledBatch {
  readonly events: readonly AuditEvent[]
  /** Lines that can't be read: a write that a crash cut off. */
  readonly damaged: number
  done(): Promise<void>
}

/**
 * Events in an append-only file, one JSON object a line. What was appended is on the disk (fdatasync) when `append`
 * resolves. The file exists only while something is in it.
 */
export class SpillFile {
  readonly path: string
  #handle: FileHandle | undefined
  #inode = 0
  #size = 0
  #offset = 0
  #events = 0

  constructor(path: string) {
    this.path = path
  }

  /** Opens a file that another process has left behind. Null when it is gone. */
  static async leftBehind(path: string): Promise<SpillFile | null> {
    const file = new SpillFile(path)
    try {
      let lines = 0
      for await (const chunk of createReadStream(path)) {
        for (const byte of chunk as Buffer) if (byte === NEWLINE) lines += 1
      }
      await file.#adopt(await open(path, 'a+', 0o600), lines)
      return file
    } catch {
      return null
    }
  }

  /** Bytes on the disk. */
  get bytes(): number {
    return this.#size
  }

  /** Events that are not in Postgres yet. */
  get events(): number {
    return this.#events
  }

  /** @throws Error when the file can't be written; then nothing was added */
  async append(lines: readonly string[]): Promise<void> {
    const handle = await this.#open()
    const text = Buffer.from(lines.join(''))
    try {
      await handle.appendFile(text)
      await handle.datasync()
      /* c8 ignore next 4: a disk that is full or broken */
    } catch (error) {
      await handle.truncate(this.#size).catch(() => {})
      throw error
    }
    this.#size += text.length
    this.#events += lines.length
  }

  /** The oldest events. Null when there is none. */
  async next(): Promise<SpilledBatch | null> {
    if (this.#handle === undefined || this.#offset >= this.#size) return null
    const buffer = Buffer.alloc(Math.min(CHUNK_BYTES, this.#size - this.#offset))
    const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, this.#offset)
    const whole = buffer.subarray(0, bytesRead).lastIndexOf(NEWLINE) + 1
    // Without an end of line: the rest of a write that was cut off.
    const end = bytesRead === 0 ? this.#size : this.#offset + (whole || bytesRead)
    const lines = buffer
      .toString('utf8', 0, whole || bytesRead)
      .split('\n')
      .filter(Boolean)
    const parsed = lines.map(parseAuditEvent)
    const events = parsed.filter((event) => event !== null)
    return {
      events,
      damaged: parsed.length - events.length,
      done: async () => {
        this.#offset = end
        this.#events = Math.max(0, this.#events - (whole === 0 ? 0 : lines.length))
        // Its owner may live after all, and have added something.
        this.#size = Math.max(this.#size, (await this.#handle?.stat())?.size ?? 0)
        if (end >= this.#size) await this.remove()
      },
    }
  }

  /** Shows that the owner lives: others take a file that nobody touches for one that was left behind. */
  async touch(): Promise<void> {
    const now = new Date()
    if (this.#handle !== undefined) await utimes(this.path, now, now).catch(() => {})
  }

  async remove(): Promise<void> {
    await this.close()
    await rm(this.path, { force: true })
    this.#size = 0
    this.#offset = 0
    this.#events = 0
  }

  async close(): Promise<void> {
    await this.#handle?.close()
    this.#handle = undefined
  }

  /** A process that was frozen for long may find that another has replayed and removed its file. */
  async #open(): Promise<FileHandle> {
    const there = this.#handle === undefined ? null : await stat(this.path).catch(() => null)
    if (this.#handle !== undefined && there?.ino === this.#inode) return this.#handle
    await this.close()
    return this.#adopt(await open(this.path, 'a+', 0o600), 0)
  }

  async #adopt(handle: FileHandle, events: number): Promise<FileHandle> {
    const { ino, size } = await handle.stat()
    this.#handle = handle
    this.#inode = ino
    this.#size = size
    this.#offset = 0
    this.#events = events
    return handle
  }
}
