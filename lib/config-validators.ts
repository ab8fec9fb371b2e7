import { isIP } from 'node:net'
import { EnvError, makeExactValidator, makeValidator } from 'envalid'
import { verifyFilter } from './auth/password-filter.ts'
import { readCertificates } from './tls.ts'

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const DURATION = /^(\d{1,12})(ms|s|m|h|d)$/

/** A duration in plain units (`500ms`, `10s`, `15m`, `24h`, `30d`), parsed to milliseconds. Throws `EnvError`. */
export function parseDuration(text: string): number {
  const [, count, unit] = DURATION.exec(text) ?? []
  if (count === undefined || unit === undefined) {
    throw new EnvError('must be a duration such as 500ms, 10s, 15m, 24h or 30d')
  }
  const ms = Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS]
  if (ms < 1 || !Number.isSafeInteger(ms)) throw new EnvError('must be a duration of at least 1ms')
  return ms
}

/** How many calls are allowed in a fixed window of `windowMs` milliseconds. */
export interface Budget {
  readonly max: number
  readonly windowMs: number
}

/** A budget written `count/duration`, for instance `60/1m`. Throws `EnvError`. */
export function parseBudget(text: string): Budget {
  const [, max, window] = /^([1-9]\d{0,8})\/(.+)$/.exec(text) ?? []
  if (max === undefined || window === undefined) throw new EnvError('must be count/duration such as 60/1m')
  return { max: Number(max), windowMs: parseDuration(window) }
}

/** A whole number between `min` and `max`, both included. */
export function integerBetween(min: number, max: number) {
  return makeValidator<number>((text) => {
    if (!/^\d{1,15}$/.test(text) || Number(text) < min || Number(text) > max) {
      throw new EnvError(`must be a whole number from ${min} to ${max}`)
    }
    return Number(text)
  })
}

export const duration = makeValidator<number>(parseDuration)

export const budget = makeValidator<Budget>(parseBudget)

/** A fraction strictly between 0 and 1. */
export const fraction = makeValidator<number>((text) => {
  const value = /^0?\.\d{1,6}$/.test(text) ? Number(text) : 0
  if (value <= 0) throw new EnvError('must be a fraction between 0 and 1, such as 0.5')
  return value
})

export const flag = makeExactValidator<boolean>((text) => {
  if (text !== 'true' && text !== 'false') throw new EnvError('must be true or false')
  return text === 'true'
})

/** One of the given words. */
export function oneOf<const T extends string>(...words: T[]) {
  return makeExactValidator<T>((text) => {
    const word = words.find((candidate) => candidate === text)
    if (word === undefined) throw new EnvError(`must be one of ${words.join(', ')}`)
    return word
  })
}

/** A URL whose scheme is one of `protocols` (with the colon, as `URL` gives it). The text is kept as it was given. */
export function urlOf(...protocols: string[]) {
  return makeValidator<string>((text) => {
    if (!URL.canParse(text) || !protocols.some((protocol) => text.toLowerCase().startsWith(`${protocol}//`))) {
      throw new EnvError(`must be a URL starting with ${protocols.map((p) => `${p}//`).join(' or ')}`)
    }
    return text
  })
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

/** RFC 8414 section 2: an https URL without query or fragment; http is let through on a loopback host alone. */
export const issuer = makeValidator<string>((text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const secure = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.test(url.hostname))
  if (url === undefined || !secure) throw new EnvError('must be an https URL, or http on a loopback host')
  if (/[?#]/.test(text) || url.username !== '' || url.password !== '') {
    throw new EnvError('must have no query, fragment or user')
  }
  if (text.endsWith('/')) throw new EnvError('must not end with a slash')
  return text
})

/** One or more audiences, separated by commas. */
export const audiences = makeValidator<string[]>((text) => {
  const values = text.split(',').map((part) => part.trim())
  if (values.some((value) => value === '')) throw new EnvError('must be one audience or several separated by commas')
  return values
})

/** 32 bytes in base64 (or base64url). */
export const key256 = makeValidator<Buffer>((text) => {
  const bytes = /^[A-Za-z0-9+/_-]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : Buffer.alloc(0)
  if (bytes.length !== 32) throw new EnvError('must be 32 bytes in base64 (openssl rand -base64 32)')
  return bytes
})

/** A secret of at least `min` characters without white space. Its value never stands in an error. */
export function secret(min: number) {
  return makeValidator<string>((text) => {
    if (text.length < min) throw new EnvError(`must have at least ${min} characters`)
    if (/\s/.test(text)) throw new EnvError('must have no white space')
    return text
  })
}

function isAddressOrRange(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/')
  const bits = { 4: 32, 6: 128 }[isIP(address)]
  if (bits === undefined || rest.length > 0) return false
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits)
}

/** A text without white space. */
export const word = makeValidator<string>((text) => {
  if (!/^\S+$/.test(text)) throw new EnvError('must have no white space')
  return text
})

/** `false`, a number of proxies in front, or a list of addresses and CIDR ranges: Fastify's `trustProxy`. */
export const trustProxy = makeValidator<false | number | string[]>((text) => {
  if (text === 'false') return false
  if (/^\d{1,2}$/.test(text)) return Number(text) === 0 ? false : Number(text)
  const entries = text.split(',').map((part) => part.trim())
  if (!entries.every(isAddressOrRange)) {
    throw new EnvError('must be false, a number of hops, or a list of addresses or CIDR ranges')
  }
  return entries
})

/** A filter of passwords: the name of its file, which was read to its end. */
export const passwordFilter = makeValidator<string>((file) => {
  try {
    verifyFilter(file)
    return file
  } catch (error) {
    throw new EnvError((error as Error).message)
  }
})

/** A file of certificates in PEM: its name, and what is in it. */
export interface CaFile {
  readonly file: string
  readonly pem: string
}

export const caFile = makeValidator<CaFile>((file) => {
  try {
    return { file, pem: readCertificates(file) }
  } catch (error) {
    throw new EnvError((error as Error).message)
  }
})
