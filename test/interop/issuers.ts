import type { Test } from 'tap'
import { newSession } from '../fixtures/app.ts'
import { startWorld, type WorldApp } from '../routes/world.ts'

/** A server that signs with one algorithm, and what an independent verifier is told of it. */
export interface Issuer {
  readonly alg: 'RS256' | 'PS256' | 'ES256' | 'EdDSA'
  readonly app: WorldApp
  readonly jwksUri: string
  readonly issuer: string
  readonly audience: string
  /** A fresh access token. */
  token(): Promise<string>
}

/** One server for each algorithm; they end with the test. */
export async function startIssuers<A extends Issuer['alg']>(t: Test, algs: readonly A[]): Promise<Issuer[]> {
  const world = await startWorld(t)
  const issuers: Issuer[] = []
  for (const alg of algs) {
    const app = await world.start(t, { SIGNING_ALG: alg })
    issuers.push({
      alg,
      app,
      jwksUri: `${app.url}/.well-known/jwks.json`,
      issuer: String(app.env.ISSUER),
      audience: String(app.env.AUDIENCE),
      token: async () => (await newSession(app)).access_token,
    })
  }
  return issuers
}

/** The same token with another subject, under the old signature. */
export function tampered(token: string): string {
  const [head, payload = '', signature] = token.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
  const changed = Buffer.from(JSON.stringify({ ...claims, sub: 'someone else' })).toString('base64url')
  return `${head}.${changed}.${signature}`
}
