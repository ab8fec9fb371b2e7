import { createHash, type Hash } from 'node:crypto'

const NEWLINE = 10

/** A line of a file, without its end. `text` is null when it is longer than allowed, or not UTF-8. */
export interface Line {
  /** From 1. */
  readonly number: number
  readonly text: string | null
  /** Where in the file the next line begins, in bytes. */
  readonly end: number
}

/** Where a file is read on: behind so many bytes and lines, `hash` over all bytes before. */
export interface Start {
  readonly bytes: number
  readonly lines: number
  readonly hash: Hash
}

export const BEGINNING = (): Start => ({ bytes: 0, lines: 0, hash: createHash('sha256') })

/** The lines of a file, however large: no more than a chunk and a line of `maxBytes` is in memory. */
export class LineReader {
  readonly #maxBytes: number
  readonly #hash: Hash
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true })
  #number: number
  #end: number
  #parts: Buffer[] = []
  #length = 0

  constructor({ bytes, lines, hash }: Start, maxBytes: number) {
    this.#maxBytes = maxBytes
    this.#hash = hash
    this.#number = lines
    this.#end = bytes
  }

  /** SHA-256 of the file up to the end of the last line that was given. */
  digest(): Buffer {
    return this.#hash.copy().digest()
  }

  /** @param chunks of the file, from the start on */
  async *read(chunks: AsyncIterable<Buffer>): AsyncGenerator<Line> {
    for await (const chunk of chunks) {
      let from = 0
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
        this.#take(chunk.subarray(from, at + 1))
        yield this.#line()
        from = at + 1
      }
      this.#take(chunk.subarray(from))
    }
    if (this.#length > 0) yield this.#line()
  }

  #take(bytes: Buffer): void {
    this.#hash.update(bytes)
    this.#length += bytes.length
    if (this.#length <= this.#maxBytes + 1) this.#parts.push(bytes)
    else this.#parts = []
  }

  #line(): Line {
    const tooLong = this.#length > this.#maxBytes + 1
    const bytes = Buffer.concat(this.#parts)
    this.#number += 1
    this.#end += this.#length
    this.#parts = []
    this.#length = 0
    return { number: this.#number, text: tooLong ? null : this.#decode(bytes), end: this.#end }
  }

  #decode(bytes: Buffer): string | null {
    try {
      return this.#utf8.decode(bytes).replace(/\r?\n$/, '')
    } catch {
      return null
    }
  }
}
