import { createHash } from 'node:crypto'
import { closeSync, fstatSync, openSync, read, readSync } from 'node:fs'
import { promisify } from 'node:util'
import { crc32 } from 'node:zlib'

/** Bytes that are read at once: one page holds all that is known of a password. */
export const PAGE_BYTES = 4096
const CHECKSUM_BYTES = 4
const CONTENT_BYTES = PAGE_BYTES - CHECKSUM_BYTES
/** Bits of a page that tell of passwords; the rest is its checksum. */
export const PAGE_BITS = 8 * CONTENT_BYTES
const PAGES_AT_ONCE = 256
const FORMAT = 'tokenforge-passwords'
const VERSION = 1
const MAX_PROBES = 64
const WORDS = 2 ** 32

const readAt = promisify(read)

/** What the first page of a filter says, as JSON. */
export interface FilterHeader {
  readonly pages: number
  /** How many bits a password sets. */
  readonly probes: number
  readonly passwords: number
  /** How likely a password that nobody has put in is taken for one, by the bits that are set. */
  readonly falsePositives: number
}

/**
 * The key of a password: SHA-1, in which lists of leaked passwords are published. It only names the password.
 *
 * @param password in canonical form
 */
export function keyOfPassword(password: string): Buffer {
  return createHash('sha1').update(password).digest()
}

/** A password as lists of words have it: whoever is refused `password1` is not helped by `PASSWORD1`. */
export function foldPassword(text: string): string {
  return text.normalize('NFC').toLowerCase().normalize('NFC')
}

/** The page of a key, from 0. */
export function pageOf(key: Buffer, pages: number): number {
  return Math.floor((key.readUInt32BE(0) / WORDS) * pages)
}

/**
 * The bits of a key in its page: numbers from the generator sfc32, whose seed is the rest of the key.
 *
 * @param bits takes as many as it is long
 */
export function bitsOf(key: Buffer, bits: Uint16Array): Uint16Array {
  let a = key.readInt32BE(4)
  let b = key.readInt32BE(8)
  let c = key.readInt32BE(12)
  let d = key.readInt32BE(16)
  for (let at = 0; at < bits.length; at += 1) {
    const sum = (a + b + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    bits[at] = (sum >>> 0) % PAGE_BITS
  }
  return bits
}

/** Writes the checksum of a page into it. @param place of the page in the file: one that was moved is damaged */
export function sealPage(page: Buffer, place: number): void {
  page.writeUInt32BE(crc32(page.subarray(0, CONTENT_BYTES), place), CONTENT_BYTES)
}

export function headerPage(header: FilterHeader): Buffer {
  const page = Buffer.alloc(PAGE_BYTES, ' ')
  page.write(`${JSON.stringify({ format: FORMAT, version: VERSION, ...header })}\n`)
  sealPage(page, 0)
  return page
}

/** A file of passwords that must not be taken, of which no more is in memory than its first page tells. */
export class PasswordFilter {
  readonly header: FilterHeader
  readonly #file: number

  private constructor(file: number, header: FilterHeader) {
    this.#file = file
    this.header = header
  }

  /**
   * Opens a filter, and looks at its first page and its length; `verify` looks at the rest.
   *
   * @throws Error whose message says what is wrong with the file
   */
  static open(path: string): PasswordFilter {
    const file = openFile(path)
    try {
      const { size } = fstatSync(file)
      const page = Buffer.alloc(PAGE_BYTES)
      const length = readSync(file, page, 0, PAGE_BYTES, 0)
      const header = headerIn(page.subarray(0, length))
      const whole = (header.pages + 1) * PAGE_BYTES
      if (size !== whole) throw new Error(`has ${size} bytes instead of ${whole}: it is not whole`)
      return new PasswordFilter(file, header)
    } catch (error) {
      closeSync(file)
      throw error
    }
  }

  /** Reads all of it. @throws Error when a page is damaged */
  verify(): void {
    const chunk = Buffer.alloc(PAGES_AT_ONCE * PAGE_BYTES)
    for (let place = 0; place <= this.header.pages; ) {
      const length = readSync(this.#file, chunk, 0, chunk.length, place * PAGE_BYTES)
      for (let at = 0; at + PAGE_BYTES <= length; at += PAGE_BYTES) {
        checkPage(chunk.subarray(at, at + PAGE_BYTES), place)
        place += 1
      }
      // It was cut off since it was opened.
      if (length < PAGE_BYTES) throw damaged(place)
    }
  }

  /** Whether a key was put in. @throws Error when its page can not be read, or is damaged */
  async has(key: Buffer): Promise<boolean> {
    const place = pageOf(key, this.header.pages) + 1
    const page = Buffer.alloc(PAGE_BYTES)
    await readAt(this.#file, page, 0, PAGE_BYTES, place * PAGE_BYTES)
    checkPage(page, place)
    const bits = bitsOf(key, new Uint16Array(this.header.probes))
    return bits.every((bit) => ((page[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0)
  }

  close(): void {
    closeSync(this.#file)
  }
}

/** @throws Error whose message says what is wrong with the file */
export function verifyFilter(path: string): void {
  const filter = PasswordFilter.open(path)
  try {
    filter.verify()
  } finally {
    filter.close()
  }
}

function openFile(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (error) {
    throw new Error(`can not be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

function headerIn(page: Buffer): FilterHeader {
  const { format, version, ...header } = jsonIn(page)
  if (format !== FORMAT) throw new Error('is no password filter; `tokenforge passwords filter` makes one')
  if (version !== VERSION)
    throw new Error(`is a password filter of version ${version}, and this server reads ${VERSION}`)
  if (page.length < PAGE_BYTES) throw new Error(`has ${page.length} bytes: it is not whole`)
  checkPage(page, 0)
  const { pages, probes } = header as unknown as FilterHeader
  const isCount = (count: number, most: number) => Number.isSafeInteger(count) && count >= 1 && count <= most
  // Only a maker that is wrong makes such a header.
  if (!isCount(pages, WORDS) || !isCount(probes, MAX_PROBES)) throw damaged(0)
  return header as unknown as FilterHeader
}

function jsonIn(page: Buffer): Record<string, unknown> {
  const end = page.indexOf('\n')
  try {
    return Object(JSON.parse(page.toString('utf8', 0, Math.max(end, 0))))
  } catch {
    return {}
  }
}

function checkPage(page: Buffer, place: number): void {
  const is = crc32(page.subarray(0, CONTENT_BYTES), place)
  if (page.readUInt32BE(CONTENT_BYTES) !== is) throw damaged(place)
}

function damaged(place: number): Error {
  return new Error(`is damaged: the checksum of its page ${place} is wrong`)
}
