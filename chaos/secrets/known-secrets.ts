import { findShape } from './shapes.ts'

/** A part of a secret that stands nowhere by chance: as long as this, with a digit in it. */
const SHORTEST = 12
/** What is kept of a longer one, its end: of a token 252 bits of its signature, and nothing that is not secret. */
const LONGEST = 42
const WORDS = /[A-Za-z0-9_-]{12,}/g
/** Of the latest; older tokens are still known by their shape. */
const MOST = 200_000

/**
 * The secrets that must not be in any log: those of the servers' environment, and each that clients send and are given.
 * Of these only the random part is kept, so that a line is searched for all of them at once and memory is bounded.
 */
export class KnownSecrets {
  readonly #most: number
  readonly #fixed = new Map<string, string>()
  /** By what stands in a log; in the order in which they came. */
  readonly #kinds = new Map<string, string>()
  readonly #lengths = new Set<number>()

  /** @param fixed looked for as they are, by what to call them; empty ones are left out */
  constructor(fixed: Readonly<Record<string, string>> = {}, most = MOST) {
    this.#most = most
    for (const [kind, secret] of Object.entries(fixed)) {
      for (const form of [secret, encodeURIComponent(secret)]) if (form !== '') this.#fixed.set(form, kind)
    }
  }

  /** How many different ones there are. */
  get size(): number {
    return new Set(this.#fixed.values()).size + this.#kinds.size
  }

  /** Notes a secret; one without a random part, as a wrong password that everybody may know, is none. */
  add(kind: string, secret: string): void {
    const [longest = ''] = (secret.match(WORDS) ?? []).toSorted((a, b) => b.length - a.length)
    if (longest.length < SHORTEST || !/\d/.test(longest)) return
    // A copy: a part of a string would keep all of it in memory.
    const part = Buffer.from(longest.slice(-LONGEST), 'latin1').toString('latin1')
    if (this.#kinds.has(part)) return
    this.#kinds.set(part, kind)
    this.#lengths.add(part.length)
    if (this.#kinds.size <= this.#most) return
    const [oldest = ''] = this.#kinds.keys()
    this.#kinds.delete(oldest)
  }

  /** What a text holds that it must not, as what it is; never the secret itself. */
  findIn(text: string): string | undefined {
    const shape = findShape(text)
    if (shape !== undefined) return shape
    for (const [secret, kind] of this.#fixed) if (text.includes(secret)) return kind
    if (this.#kinds.size === 0) return undefined
    for (const word of text.match(WORDS) ?? []) {
      const kind = this.#kindWithin(word)
      if (kind !== undefined) return kind
    }
    return undefined
  }

  /** Wherever it begins: what stands before it may look like a part of it (`%20`). */
  #kindWithin(word: string): string | undefined {
    for (const length of this.#lengths) {
      for (let from = 0; from + length <= word.length; from += 1) {
        const kind = this.#kinds.get(word.slice(from, from + length))
        if (kind !== undefined) return kind
      }
    }
    return undefined
  }
}
