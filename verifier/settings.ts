import type { Clock, VerifierOptions } from './api.ts'
import { fetchableUrl, issuerUrl } from './net/urls.ts'

/** What a verifier runs with: the options, checked, with their defaults. */
export interface Settings {
  readonly issuer: string | undefined
  readonly jwksUri: string | undefined
  readonly audiences: ReadonlySet<string>
  readonly algorithms: ReadonlySet<string>
  readonly revocationsUri: string | undefined
  readonly refreshIntervalMs: number
  readonly pollIntervalMs: number
  readonly maxStalenessMs: number
  readonly refuseWhenStale: boolean
  readonly snapshotFile: string | undefined
  readonly clockToleranceS: number
  readonly requestTimeoutMs: number
  readonly allowInsecureHttp: boolean
  readonly fetch: typeof fetch
  readonly clock: Clock
  readonly random: () => number
}

/** Asymmetric signatures that Node verifies (RFC 7518 section 3.1, RFC 8037, RFC 9864). */
const KNOWN_ALGORITHMS = new Set([
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
])
const DEFAULT_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA']
const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() }

/** @throws TypeError naming the option that is wrong */
export function readOptions(options: VerifierOptions): Settings {
  const { issuer, jwksUri, revocationsUri, allowInsecureHttp = false, whenStale = 'refuse', snapshotFile } = options
  if (issuer === undefined && jwksUri === undefined) throw new TypeError('issuer or jwksUri is required')
  if (issuer !== undefined) issuerUrl(issuer, allowInsecureHttp)
  if (jwksUri !== undefined) fetchableUrl('jwksUri', jwksUri, allowInsecureHttp)
  if (whenStale !== 'refuse' && whenStale !== 'accept') throw new TypeError('whenStale is "refuse" or "accept"')
  if (snapshotFile !== undefined && !isText(snapshotFile)) throw new TypeError('snapshotFile is a path')
  const maxStalenessMs = staleness(options.maxStalenessMs)
  const refreshIntervalMs = milliseconds('refreshIntervalMs', options.refreshIntervalMs, 60_000, 10)
  return {
    issuer,
    jwksUri,
    audiences: new Set(texts('audience', options.audience)),
    algorithms: algorithms(options.algorithms ?? DEFAULT_ALGORITHMS),
    revocationsUri: revocations(issuer, revocationsUri, allowInsecureHttp),
    // Keys that are looked at too rarely would be stale though the issuer is well.
    refreshIntervalMs: Math.min(refreshIntervalMs, maxStalenessMs / 3),
    pollIntervalMs: milliseconds('pollIntervalMs', options.pollIntervalMs, 1000, 10),
    maxStalenessMs,
    refuseWhenStale: whenStale === 'refuse',
    snapshotFile,
    clockToleranceS: between('clockToleranceS', options.clockToleranceS ?? 5, 0, 300),
    requestTimeoutMs: milliseconds('requestTimeoutMs', options.requestTimeoutMs, 2000, 1),
    allowInsecureHttp,
    // Looked up at each call: who replaces the global one, in tests or for tracing, replaces ours.
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  }
}

function algorithms(wanted: readonly string[]): ReadonlySet<string> {
  for (const alg of texts('algorithms', wanted)) {
    if (!KNOWN_ALGORITHMS.has(alg)) throw new TypeError(`algorithms: ${alg} is not an asymmetric signature known here`)
  }
  return new Set(wanted)
}

function revocations(issuer: string | undefined, uri: string | false | undefined, insecure: boolean) {
  if (uri === false) return undefined
  if (uri !== undefined) return fetchableUrl('revocationsUri', uri, insecure).href
  return issuer === undefined ? undefined : `${issuer.replace(/\/$/, '')}/auth/revocations`
}

function texts(name: string, value: string | readonly string[]): readonly string[] {
  const list = typeof value === 'string' ? [value] : value
  if (!Array.isArray(list) || list.length === 0 || !list.every(isText)) {
    throw new TypeError(`${name} is a text, or a list of at least one`)
  }
  return list
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

/** Timers of Node take no more than 2^31 - 1 ms, and fire at once beyond. */
function milliseconds(name: string, value: number | undefined, otherwise: number, least: number): number {
  return between(name, value ?? otherwise, least, 2 ** 31 - 1)
}

function staleness(value = Number.POSITIVE_INFINITY): number {
  return value === Number.POSITIVE_INFINITY ? value : between('maxStalenessMs', value, 100, Number.MAX_SAFE_INTEGER)
}

function between(name: string, value: number, least: number, most: number): number {
  if (typeof value === 'number' && value >= least && value <= most) return value
  throw new TypeError(`${name} is a number from ${least} to ${most}`)
}
