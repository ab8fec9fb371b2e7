import { randomUUID } from 'node:crypto'
import { open, rename, rm, stat } from 'node:fs/promises'
import { timer } from '../net/timers.ts'

const MAX_BYTES = 128 * 1024 * 1024
const WRITABLE_BY_ALL = 0o002
/** How long a change may wait for others, and how long mere confirmations may. */
const DELAYS_MS = { change: 100, confirmation: 10_000 }

/** A file that is replaced as a whole: a reader finds the old or the new one, never a half. */
export class SnapshotKeeper {
  readonly #file: string
  readonly #text: () => string
  readonly #failed: (error: unknown) => void
  #writing: Promise<void> = Promise.resolve()
  #dueAt: number | undefined
  #stopTimer = () => {}
  #closed = false

  /** @param text makes what is written, at the time of writing */
  constructor(file: string, text: () => string, failed: (error: unknown) => void) {
    this.#file = file
    this.#text = text
    this.#failed = failed
  }

  /**
   * The text of the file; undefined when there is none.
   *
   * @throws Error when it can't be read, is too large, or anybody may have written it
   */
  async read(): Promise<string | undefined> {
    const found = await stat(this.#file).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })
    if (found === undefined) return undefined
    if (!found.isFile() || found.size > MAX_BYTES) throw new Error('the snapshot is no file of sensible size')
    if ((found.mode & WRITABLE_BY_ALL) !== 0) throw new Error('the snapshot can be written by everybody')
    const handle = await open(this.#file, 'r')
    try {
      return await handle.readFile('utf8')
    } finally {
      await handle.close()
    }
  }

  /** Has it written soon. */
  save(why: keyof typeof DELAYS_MS): void {
    const dueAt = performance.now() + DELAYS_MS[why]
    if (this.#closed || (this.#dueAt !== undefined && this.#dueAt <= dueAt)) return
    this.#dueAt = dueAt
    this.#stopTimer()
    this.#stopTimer = timer(DELAYS_MS[why], () => this.#write())
  }

  /** Writes what is waiting, and no more after that. */
  async close(): Promise<void> {
    if (this.#dueAt !== undefined) this.#write()
    this.#closed = true
    await this.#writing
  }

  #write(): void {
    this.#stopTimer()
    this.#dueAt = undefined
    this.#writing = this.#writing.then(() => this.#replace()).catch(this.#failed)
  }

  async #replace(): Promise<void> {
    const draft = `${this.#file}.${process.pid}.${randomUUID()}`
    try {
      const handle = await open(draft, 'wx', 0o600)
      try {
        await handle.writeFile(this.#text())
        await handle.sync()
      } finally {
        await handle.close()
      }
      await rename(draft, this.#file)
    } catch (error) {
      await rm(draft, { force: true })
      throw error
    }
  }
}
