import { open } from 'node:fs/promises'

const CHUNK_BYTES = 65_536
const LINE_FEED = 10

/** A file that somebody appends lines to, read from where the last look ended; one that is not there has no line. */
export class GrowingFile {
  readonly #path: string
  #offset = 0

  constructor(path: string) {
    this.#path = path
  }

  /** The whole lines that have come since, with their length in bytes; a last one that has no end yet is left for later. */
  async *lines(): AsyncGenerator<{ readonly line: string; readonly bytes: number }> {
    const file = await open(this.#path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })
    if (file === undefined) return
    try {
      let rest = Buffer.alloc(0)
      const chunk = Buffer.alloc(CHUNK_BYTES)
      for (;;) {
        const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, this.#offset + rest.length)
        if (bytesRead === 0) return
        const bytes = Buffer.concat([rest, chunk.subarray(0, bytesRead)])
        let from = 0
        for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, from)) {
          const line = bytes.toString('utf8', from, end)
          const length = end + 1 - from
          this.#offset += length
          from = end + 1
          yield { line, bytes: length }
        }
        rest = bytes.subarray(from)
      }
    } finally {
      await file.close()
    }
  }
}
