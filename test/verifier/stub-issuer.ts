import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import type { Test } from 'tap'
import type { VerifierOptions } from '../../verifier/index.ts'
import { type Front, JWKS, json, METADATA, REVOCATIONS, startFront } from './front.ts'

/** A key pair of the stub. */
export interface StubKey {
  readonly jwk: JWK & { kid: string }
  readonly alg: string
  readonly privateKey: Awaited<ReturnType<typeof generateKeyPair>>['privateKey']
}

/** An issuer that says whatever a test wants, for what a real one never says. */
export interface StubIssuer extends Front {
  readonly key: StubKey
  /** What a verifier needs to be told. */
  readonly options: VerifierOptions
  /** Publishes these, with an ETag of their own. */
  publish(...keys: readonly unknown[]): void
  /** The same as version `version` of an epoch. */
  publishAs(epoch: number, version: number, ...keys: readonly unknown[]): void
  /** A token that is good in every way but for what is given here; undefined takes a claim away. */
  token(changed?: { header?: object; claims?: object; key?: StubKey }): Promise<string>
}

export const AUDIENCE = 'https://api.example.com'

let made = 0

export async function newKey(alg = 'ES256', kid?: string): Promise<StubKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  made += 1
  const jwk = { ...(await exportJWK(publicKey)), kid: kid ?? `key-${made}`, alg, use: 'sig' }
  return { jwk, alg, privateKey }
}

/** The private half of a key, as no issuer may publish it. */
export function privateJwk({ privateKey, jwk }: StubKey): Promise<JWK> {
  return exportJWK(privateKey).then((members) => ({ ...jwk, ...members }))
}

export async function startStubIssuer(t: Test, alg?: string): Promise<StubIssuer> {
  const front = await startFront(t)
  const key = await newKey(alg)
  let published = 0
  const publishWith = (headers: Record<string, string>, keys: readonly unknown[]) => {
    published += 1
    const etag = `"${published}"`
    front.answer(JWKS, (request, response) => {
      if (request.headers['if-none-match'] === etag) response.writeHead(304, { etag, ...headers }).end()
      else json({ keys }, { etag, ...headers })(request, response)
    })
  }
  const publish = (...keys: readonly unknown[]) => publishWith({}, keys)
  publish(key.jwk)
  front.answer(METADATA, json({ issuer: front.url, jwks_uri: front.url + JWKS }))
  front.answer(REVOCATIONS, (request, response) => {
    if (request.headers.accept === 'text/event-stream') response.writeHead(406).end()
    else json({ cursor: '0-0', events: [] })(request, response)
  })
  return Object.assign(front, {
    key,
    options: { issuer: front.url, audience: AUDIENCE },
    publish,
    publishAs: (epoch: number, version: number, ...keys: readonly unknown[]) =>
      publishWith({ 'tokenforge-key-ring': `epoch=${epoch}, version=${version}` }, keys),
    token: async (changed: { header?: object; claims?: object; key?: StubKey } = {}) => {
      const signer = changed.key ?? key
      const header = { alg: signer.alg, typ: 'at+jwt', kid: signer.jwk.kid, ...changed.header }
      const now = Math.floor(Date.now() / 1000)
      const claims = { iss: front.url, aud: AUDIENCE, sub: 'user', client_id: 'client', jti: 'token', sid: 'session' }
      const times = { iat: now, exp: now + 900 }
      return new SignJWT({ ...claims, ...times, ...changed.claims }).setProtectedHeader(header).sign(signer.privateKey)
    },
  })
}
