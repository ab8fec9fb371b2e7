import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { HistoryEvent } from './events.ts'

const FLUSH_AFTER_MS = 250
const FLUSH_AT_LENGTH = 65_536

/**
 * An NDJSON file that events are appended to, in whole lines, so that several processes may share it. Lines wait in
 * memory for a quarter of a second at most; they are written when the process ends, also by an error that nobody caught.
 * Only SIGKILL loses those of the last moment.
 */
export class HistoryFile {
  readonly #fd: number
  readonly #flushAtExit = () => this.flush()
  #waiting = ''
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true })
    this.#fd = openSync(path, 'a')
    process.on('exit', this.#flushAtExit)
  }

  /** After `close` it does nothing. */
  append(event: HistoryEvent): void {
    if (this.#closed) return
    this.#waiting += `${JSON.stringify(event)}\n`
    if (this.#waiting.length >= FLUSH_AT_LENGTH) this.flush()
    else this.#timer ??= setTimeout(() => this.flush(), FLUSH_AFTER_MS).unref()
  }

  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const bytes = Buffer.from(this.#waiting)
    this.#waiting = ''
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#fd, bytes, done)
  }

  close(): void {
    if (this.#closed) return
    this.flush()
    this.#closed = true
    process.off('exit', this.#flushAtExit)
    closeSync(this.#fd)
  }
}
