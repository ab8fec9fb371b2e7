import type { AccessClaims } from './access-token.ts'

/** Some 10 MB of tokens in all. */
const MAX_TOKENS = 5000

/**
 * Access tokens whose signature, issuer, audience, type and form were found good by the keys of one ring, with what they
 * say: none of that can change. It goes with that ring, so no key is outlived. Time and revocation are not remembered but
 * looked at each time.
 *
 * Half of it is forgotten when it is full; a token that is in use is in the other half.
 */
export class VerifiedTokens {
  #recent = new Map<string, AccessClaims>()
  #before: ReadonlyMap<string, AccessClaims> = new Map()
  readonly #half: number

  constructor(max = MAX_TOKENS) {
    this.#half = Math.ceil(max / 2)
  }

  get size(): number {
    return this.#recent.size + this.#before.size
  }

  claimsOf(token: string): AccessClaims | undefined {
    const claims = this.#recent.get(token)
    if (claims !== undefined) return claims
    const earlier = this.#before.get(token)
    if (earlier !== undefined) this.remember(token, earlier)
    return earlier
  }

  remember(token: string, claims: AccessClaims): void {
    if (this.#recent.size >= this.#half) {
      this.#before = this.#recent
      this.#recent = new Map()
    }
    Object.freeze(claims.roles)
    Object.freeze(claims.aud)
    this.#recent.set(token, Object.freeze(claims))
  }
}
