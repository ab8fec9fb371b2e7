import type { Verifier, VerifierEvents, VerifierOptions, VerifierState } from './api.ts'
import type { AccessClaims } from './claims.ts'
import { type Counts, newCounts } from './counts.ts'
import { InvalidTokenError, UncheckableTokenError } from './errors.ts'
import type { VerificationKey } from './keys/key-set.ts'
import { Knowledge } from './knowledge.ts'
import { metricsText } from './metrics.ts'
import { readOptions, type Settings } from './settings.ts'
import { checkClaims } from './token/claims.ts'
import { parseToken } from './token/parse.ts'
import { checkSignature } from './token/signature.ts'

/** A token that is younger may be the first of a new key. */
const FRESH_S = 10

/**
 * Makes a verifier of access tokens, which starts its work in the background at once and goes on verifying while the
 * issuer is down. One for each issuer and process is enough.
 *
 * @example
 * const verifier = createVerifier({ issuer: 'https://auth.example.com', audience: 'https://api.example.com' })
 * const claims = await verifier.verify(token)
 *
 * @throws TypeError naming the option that is wrong
 */
export function createVerifier(options: VerifierOptions): Verifier {
  return new LocalVerifier(readOptions(options))
}

class LocalVerifier implements Verifier {
  readonly #settings: Settings
  readonly #counts: Counts = newCounts()
  readonly #knowledge: Knowledge
  readonly #ready: Promise<void>
  readonly #begun: Promise<void>
  #rejectReady: (error: Error) => void = () => {}

  constructor(settings: Settings) {
    this.#settings = settings
    this.#knowledge = new Knowledge(settings, this.#counts)
    let onReady = () => {}
    this.#ready = new Promise((resolve, reject) => {
      onReady = resolve
      this.#rejectReady = reject
    })
    // Nobody has to wait for it.
    this.#ready.catch(() => {})
    this.#begun = this.#knowledge.begin(onReady)
  }

  ready(): Promise<void> {
    return this.#ready
  }

  async verify(token: string): Promise<AccessClaims> {
    try {
      const claims = await this.#verify(token)
      this.#counts.valid += 1
      return claims
    } catch (error) {
      throw this.#counted(error)
    }
  }

  isRevoked(sessionId: string): boolean {
    return this.#knowledge.revoked.has(sessionId)
  }

  state(): VerifierState {
    const { keys, ages, revoked, following, freshness, isClosed, fromSnapshot } = this.#knowledge
    const kids = [...keys.keys.keys()]
    const leftMs = this.#settings.refuseWhenStale ? freshness.leftMs : Number.POSITIVE_INFINITY
    const secondsUntilRefused = kids.length === 0 || isClosed ? 0 : leftMs / 1000
    return { keys: kids, ...ages, revokedSessions: revoked.size, following, secondsUntilRefused, fromSnapshot }
  }

  metrics(): string {
    return metricsText(this.state(), this.#counts)
  }

  on<E extends keyof VerifierEvents>(event: E, listener: (detail: VerifierEvents[E]) => void): () => void {
    return this.#knowledge.emitter.on(event, listener)
  }

  async close(): Promise<void> {
    this.#rejectReady(this.#uncheckable('closed'))
    await this.#knowledge.close()
    await this.#begun
  }

  /** What can be refused without a key is refused first; then nothing but the outcome of the checks is said. */
  async #verify(token: string): Promise<AccessClaims> {
    const { keys, revoked } = this.#knowledge
    const parsed = parseToken(token, this.#settings.algorithms)
    const { alg, kid } = parsed
    const claims = checkClaims(parsed.claims, this.#settings, this.#settings.clock.now())
    if (keys.keys.size === 0) await this.#begun
    this.#refuseIfUnable()
    const key = keys.get(kid) ?? (await this.#find(kid, claims.iat))
    if (key.alg !== alg) throw new InvalidTokenError('wrong_algorithm')
    await checkSignature(parsed, key)
    // It may have been withdrawn while the signature was being checked.
    if (keys.get(kid) === undefined) await this.#find(kid, claims.iat)
    if (revoked.has(claims.sid)) throw new InvalidTokenError('session_revoked')
    return claims
  }

  #refuseIfUnable(): void {
    const { keys, freshness, ages, isClosed } = this.#knowledge
    if (isClosed) throw this.#uncheckable('closed')
    if (keys.keys.size === 0 && !keys.awaitingKeys) throw this.#uncheckable('no_keys')
    if (!this.#settings.refuseWhenStale || freshness.leftMs > 0) return
    freshness.check()
    throw this.#uncheckable(ages.keysAgeMs >= ages.revocationsAgeMs ? 'keys_stale' : 'revocations_stale')
  }

  async #find(kid: string, iat: number): Promise<VerificationKey> {
    const { keys, following } = this.#knowledge
    const isFresh = iat + FRESH_S > this.#settings.clock.now() / 1000
    const found = await keys.find(kid, isFresh && following !== 'none')
    if (found === 'unknown') throw new InvalidTokenError('unknown_key')
    if (found === 'withdrawn') throw new InvalidTokenError('withdrawn_key')
    if (!('waitMs' in found)) return found
    throw new UncheckableTokenError(keys.awaitingKeys ? 'keys_void' : 'unknown_key', found.waitMs)
  }

  #uncheckable(reason: UncheckableTokenError['reason'], options?: ErrorOptions): UncheckableTokenError {
    return new UncheckableTokenError(reason, this.#knowledge.keys.nextLookMs, options)
  }

  #counted(error: unknown): InvalidTokenError | UncheckableTokenError {
    const { invalid, uncheckable } = this.#counts
    if (error instanceof InvalidTokenError) {
      invalid[error.reason] = (invalid[error.reason] ?? 0) + 1
      return error
    }
    // A fault of ours proves nothing either.
    const known = error instanceof UncheckableTokenError ? error : this.#uncheckable('internal', { cause: error })
    uncheckable[known.reason] += 1
    return known
  }
}
