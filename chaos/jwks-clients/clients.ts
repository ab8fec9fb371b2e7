import { createVerifier as createFastJwt } from 'fast-jwt'
import buildGetJwks from 'get-jwks'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import { JwksClient } from 'jwks-rsa'
import { createVerifier } from '../../verifier/index.ts'

/** Where the keys come from, and what a token must say. */
export interface Target {
  readonly url: string
  readonly issuer: string
  readonly audience: string
}

/** Rejects what it does not accept. */
export type Verify = (token: string) => Promise<unknown>

const DAY_MS = 86_400_000
const ALG = 'RS256'
const jwksUri = ({ url }: Target) => `${url}/.well-known/jwks.json`

/** Each library as its documentation shows it; what is not said is its default. */
export const CLIENTS: Readonly<Record<string, (target: Target) => Verify>> = {
  'jose `createRemoteJWKSet`': (target) => jose(target),
  'jose, `cacheMaxAge: Infinity`': (target) => jose(target, { cacheMaxAge: Number.POSITIVE_INFINITY }),
  'jwks-rsa': (target) => jwksRsa(target),
  'jwks-rsa, `cacheMaxAgeFallback` of a day': (target) => jwksRsa(target, { cacheMaxAgeFallback: DAY_MS }),
  'get-jwks': (target) => {
    const key = getJwks(target)
    return async (token) => {
      const header = jsonwebtoken.decode(token, { complete: true })?.header ?? {}
      return jsonwebtoken.verify(token, await key(header), rules(target))
    }
  },
  'fast-jwt, `cache: true`, over get-jwks': (target) => {
    const key = getJwks(target)
    return createFastJwt({
      key: ({ header }: { header: Header }) => key(header),
      cache: true,
      algorithms: [ALG],
      allowedIss: target.issuer,
      allowedAud: target.audience,
    })
  },
  '**tokenforge/verifier**': (target) => {
    const verifier = createVerifier({
      issuer: target.issuer,
      audience: target.audience,
      jwksUri: jwksUri(target),
      revocationsUri: `${target.url}/auth/revocations`,
    })
    return (token) => verifier.verify(token)
  },
}

interface Header {
  readonly kid?: string | undefined
  readonly alg?: string | undefined
}

function rules({ issuer, audience }: Target) {
  return { issuer, audience, algorithms: [ALG as 'RS256'] }
}

function jose(target: Target, options?: Parameters<typeof createRemoteJWKSet>[1]): Verify {
  const keys = createRemoteJWKSet(new URL(jwksUri(target)), options)
  return (token) => jwtVerify(token, keys, rules(target))
}

function jwksRsa(target: Target, options: { cacheMaxAgeFallback?: number } = {}): Verify {
  const client = new JwksClient({ jwksUri: jwksUri(target), ...options })
  return (token) =>
    new Promise((resolve, reject) => {
      jsonwebtoken.verify(
        token,
        ({ kid }, done) => void client.getSigningKey(kid).then((key) => done(null, key.getPublicKey()), done),
        rules(target),
        (error, claims) => (error === null ? resolve(claims) : reject(error)),
      )
    })
}

function getJwks({ url }: Target): (header: Header) => Promise<string> {
  const jwks = buildGetJwks()
  return ({ kid = '', alg = '' }) => jwks.getPublicKey({ domain: url, kid, alg })
}
