import type { AccessClaims } from './claims.ts'

/** Where time comes from, so that tests can move it. */
export interface Clock {
  /** Wall-clock time in milliseconds since the epoch; may jump. Judges `exp`, `iat` and `nbf`. */
  now(): number
  /** Milliseconds that never go back; measures how old the keys are. */
  monotonic(): number
}

export interface VerifierOptions {
  /**
   * Exactly what stands in `iss`: an https URL without query or fragment, or http on a loopback host. The key set is found
   * from it by RFC 8414, the revocations at `<issuer>/auth/revocations`.
   */
  readonly issuer?: string
  /** The key set (RFC 7517), in the place of what the issuer's metadata says. Without `issuer`, `iss` is not checked. */
  readonly jwksUri?: string
  /** Who this service is: one of these must be in `aud`. */
  readonly audience: string | readonly string[]
  /** Default RS256, PS256, ES256, EdDSA. Never `none`, never a symmetric one. */
  readonly algorithms?: readonly string[]
  /** Default `<issuer>/auth/revocations`; false for an issuer that has none. */
  readonly revocationsUri?: string | false
  /** How often the key set is looked at, in milliseconds, give or take 10 %. Default 60000. */
  readonly refreshIntervalMs?: number
  /** How often revocations are polled while the event stream can not be had, in milliseconds, at most. Default 1000. */
  readonly pollIntervalMs?: number
  /** For how long keys and revocations are believed without a word from the issuer, in milliseconds. Default Infinity. */
  readonly maxStalenessMs?: number
  /** What then: refuse with `UncheckableTokenError` (default), or accept and only report. */
  readonly whenStale?: 'refuse' | 'accept'
  /** A file to start from while the issuer is down. Written atomically, mode 0600. */
  readonly snapshotFile?: string
  /** By how much clocks may differ, in seconds. Default 5, at most 300. */
  readonly clockToleranceS?: number
  /** How long one request to the issuer may take, in milliseconds. Default 2000. */
  readonly requestTimeoutMs?: number
  /** Lets plain http reach hosts that are not loopback. Only for a private network: whoever is in between can forge tokens. */
  readonly allowInsecureHttp?: boolean
  readonly fetch?: typeof fetch
  readonly clock?: Clock
  /** A number from 0 up to 1, for jitter. */
  readonly random?: () => number
}

/** How a verifier is doing. */
export interface VerifierState {
  /** The ids of the keys that tokens are accepted of. */
  readonly keys: readonly string[]
  /** Since the issuer last confirmed the keys; Infinity when never. */
  readonly keysAgeMs: number
  /** Since the issuer last said that nothing else is revoked; Infinity when never, 0 when revocations are not followed. */
  readonly revocationsAgeMs: number
  readonly revokedSessions: number
  readonly following: 'stream' | 'polling' | 'none'
  /** Until tokens are refused as uncheckable if the issuer stays silent; 0 when they are now, Infinity when never. */
  readonly secondsUntilRefused: number
  /** True as long as the keys come from the snapshot, not yet confirmed by the issuer. */
  readonly fromSnapshot: boolean
}

/** What went wrong in the background. The verifier goes on with what it has. */
export interface VerifierFault {
  readonly part: 'keys' | 'revocations' | 'snapshot' | 'listener'
  readonly error: Error
}

/** What listeners are told, by event. */
export interface VerifierEvents {
  /** The key set changed. */
  readonly keys: { readonly kids: readonly string[]; readonly removed: readonly string[] }
  /** A session was revoked, heard of for the first time. */
  readonly revoked: { readonly sessionId: string }
  /** `maxStalenessMs` has passed without a word from the issuer. */
  readonly stale: { readonly keysAgeMs: number; readonly revocationsAgeMs: number }
  /** The end of that. */
  readonly fresh: { readonly keysAgeMs: number; readonly revocationsAgeMs: number }
  readonly error: VerifierFault
}

export interface Verifier {
  /** Resolves when there are keys, from the issuer or from the snapshot, and revocations were asked for. */
  ready(): Promise<void>
  /**
   * Verifies an access token by RFC 9068 section 4 and RFC 8725, without I/O but for a key id that was never heard of.
   *
   * @throws InvalidTokenError when it is proved to be no good
   * @throws UncheckableTokenError when nothing can be said of it now
   */
  verify(token: string): Promise<AccessClaims>
  /** True when the issuer said that this session (`sid`) is over. */
  isRevoked(sessionId: string): boolean
  state(): VerifierState
  /** The state and what was counted since the start, as Prometheus text (version 0.0.4). */
  metrics(): string
  /** Calls `listener` with each such event until the returned function is called. */
  on<E extends keyof VerifierEvents>(event: E, listener: (detail: VerifierEvents[E]) => void): () => void
  /** Stops everything in the background and writes the snapshot a last time. Tokens are uncheckable from then on. */
  close(): Promise<void>
}
