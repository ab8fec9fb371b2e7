import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import {
  bitsOf,
  type FilterHeader,
  headerPage,
  PAGE_BITS,
  PAGE_BYTES,
  pageOf,
  sealPage,
} from '../auth/password-filter.ts'

/** Pages are not filled evenly, and the fullest are wrong most often. */
const ROOM = 1.02
const PAGES_AT_ONCE = 256

/** Makes a password filter in memory, of which it takes as much as the file. */
export class PasswordFilterMaker {
  readonly #bytes: Buffer
  readonly #pages: number
  readonly #bits: Uint16Array
  #passwords = 0

  /**
   * @param most passwords that will be added
   * @param falsePositives how likely a password that was not added may be taken for one
   */
  constructor(most: number, falsePositives: number) {
    this.#bits = new Uint16Array(Math.max(1, Math.round(-Math.log2(falsePositives))))
    const bits = (most * -Math.log(falsePositives)) / Math.LN2 ** 2
    this.#pages = Math.max(1, Math.ceil((ROOM * bits) / PAGE_BITS))
    this.#bytes = Buffer.alloc(this.#pages * PAGE_BYTES)
  }

  /** @param key see `keyOfPassword`; the same one again changes nothing */
  add(key: Buffer): void {
    const from = pageOf(key, this.#pages) * PAGE_BYTES
    let isNew = false
    for (const bit of bitsOf(key, this.#bits)) {
      const at = from + (bit >> 3)
      const byte = this.#bytes[at] ?? 0
      const changed = byte | (1 << (bit & 7))
      if (changed !== byte) isNew = true
      this.#bytes[at] = changed
    }
    if (isNew) this.#passwords += 1
  }

  /** Writes the file, which is there as soon as it is whole. It holds nothing that must be kept secret. */
  async write(path: string): Promise<FilterHeader> {
    const [pages, probes, passwords] = [this.#pages, this.#bits.length, this.#passwords]
    const header = { pages, probes, passwords, falsePositives: this.#falsePositives() }
    const partial = `${path}.partial`
    const file = await open(partial, 'w', 0o644)
    try {
      await this.#writeTo(file, header)
      await file.close()
      await rename(partial, path)
    } catch (error) {
      await file.close().catch(() => {})
      await rm(partial, { force: true })
      throw error
    }
    return header
  }

  async #writeTo(file: FileHandle, header: FilterHeader): Promise<void> {
    await file.writeFile(headerPage(header))
    for (let page = 0; page < this.#pages; page += PAGES_AT_ONCE) {
      const chunk = this.#bytes.subarray(page * PAGE_BYTES, (page + PAGES_AT_ONCE) * PAGE_BYTES)
      for (let at = 0; at < chunk.length; at += PAGE_BYTES) {
        sealPage(chunk.subarray(at, at + PAGE_BYTES), page + at / PAGE_BYTES + 1)
      }
      await file.writeFile(chunk)
    }
    await file.sync()
  }

  /** By the bits that are set: the same password twice has not made it worse. */
  #falsePositives(): number {
    let sum = 0
    for (let page = 0; page < this.#pages; page += 1) {
      const set = bitsSet(this.#bytes.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES))
      sum += (set / PAGE_BITS) ** this.#bits.length
    }
    return Number((sum / this.#pages).toPrecision(3))
  }
}

function bitsSet(page: Buffer): number {
  let count = 0
  for (let at = 0; at < page.length; at += 4) {
    let word = page.readInt32LE(at)
    word -= (word >>> 1) & 0x55555555
    word = (word & 0x33333333) + ((word >>> 2) & 0x33333333)
    count += Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
  }
  return count
}
