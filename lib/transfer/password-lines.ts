import { isUtf8 } from 'node:buffer'
import { foldPassword, keyOfPassword } from '../auth/password-filter.ts'

const [NEWLINE, RETURN, COLON] = [10, 13, 58]
const SHA1_DIGITS = 40
const NTLM_DIGITS = 32
const MAX_LINE_BYTES = 65_536

/** The file is not what it must be: `message` says why. */
export class NoPasswordList extends Error {}

/** What was in the lines of a list. */
export interface PasswordLines {
  /** Passwords in clear. */
  words: number
  /** Passwords of which the list tells their SHA-1 alone. */
  hashes: number
  /** Lines that are no UTF-8. */
  skipped: number
}

/** How many lines there are at most. */
export async function countLines(chunks: AsyncIterable<Buffer>): Promise<number> {
  let count = 1
  for await (const chunk of chunks) {
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) count += 1
  }
  return count
}

/**
 * Reads a list of passwords, one a line: in clear, or as the hexadecimal SHA-1 of what was leaked, perhaps with `:` and how often
 * (`HEX:COUNT`, as Have I Been Pwned publishes it). What is in clear is folded (see `foldPassword`), a hash can't be.
 *
 * @param add is given the key of each password
 * @throws NoPasswordList
 */
export async function readPasswords(
  chunks: AsyncIterable<Buffer>,
  add: (key: Buffer) => void,
  found: PasswordLines = { words: 0, hashes: 0, skipped: 0 },
): Promise<PasswordLines> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let from = 0
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, from)) {
      takeLine(bytes.subarray(from, at), add, found)
      from = at + 1
    }
    rest = bytes.subarray(from)
    if (rest.length > MAX_LINE_BYTES) throw new NoPasswordList(`has a line of more than ${MAX_LINE_BYTES} bytes`)
  }
  takeLine(rest, add, found)
  return found
}

function takeLine(bytes: Buffer, add: (key: Buffer) => void, found: PasswordLines): void {
  const line = bytes.at(-1) === RETURN ? bytes.subarray(0, -1) : bytes
  if (line.length === 0) return
  if (isHash(line, SHA1_DIGITS) && (line.length === SHA1_DIGITS || line[SHA1_DIGITS] === COLON)) {
    found.hashes += 1
    add(keyIn(line))
  } else if (isHash(line, NTLM_DIGITS) && line[NTLM_DIGITS] === COLON) {
    throw new NoPasswordList('has NTLM hashes; take the list of SHA-1 hashes')
  } else if (isUtf8(line)) {
    found.words += 1
    add(keyOfPassword(foldPassword(line.toString())))
  } else found.skipped += 1
}

/** By hand: as a text and back it would take three times as long, which counts for a thousand million lines. */
function keyIn(line: Buffer): Buffer {
  const key = Buffer.allocUnsafe(SHA1_DIGITS / 2)
  for (let at = 0; at < key.length; at += 1) key[at] = (digit(line[2 * at]) << 4) | digit(line[2 * at + 1])
  return key
}

/** The value of a hexadecimal digit: of letters the low four bits, and 9. */
function digit(byte = 0): number {
  return (byte & 15) + (byte > 57 ? 9 : 0)
}

function isHash(line: Buffer, digits: number): boolean {
  if (line.length < digits) return false
  for (let at = 0; at < digits; at += 1) {
    const byte = line[at] ?? 0
    const isDigit = (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 70) || (byte >= 97 && byte <= 102)
    if (!isDigit) return false
  }
  return true
}
