import fastifyJwt, { type TokenOrHeader } from '@fastify/jwt'
import Fastify from 'fastify'
import buildGetJwks from 'get-jwks'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import { JwksClient } from 'jwks-rsa'
import type { Issuer } from './issuers.ts'

export type Claims = Record<string, unknown>
/** Made from the address of the key set alone; rejects what it does not accept. */
export type Verifier = (issuer: Issuer) => (token: string, audience: string) => Promise<Claims>

export const jose: Verifier = ({ alg, jwksUri, issuer }) => {
  const keys = createRemoteJWKSet(new URL(jwksUri), { cooldownDuration: 0 })
  return async (token, audience) => {
    const { payload } = await jwtVerify(token, keys, { issuer, audience, algorithms: [alg], typ: 'at+jwt' })
    return payload
  }
}

export const jsonwebtokenWithJwksRsa: Verifier = ({ alg, jwksUri, issuer }) => {
  const client = new JwksClient({ jwksUri })
  return (token, audience) =>
    new Promise((resolve, reject) => {
      jsonwebtoken.verify(
        token,
        ({ kid }, done) => {
          client.getSigningKey(kid).then((key) => done(null, key.getPublicKey()), done)
        },
        { issuer, audience, algorithms: [alg as 'RS256'] },
        (error, claims) => (error === null ? resolve(claims as Claims) : reject(error)),
      )
    })
}

export const jsonwebtokenWithGetJwks: Verifier = ({ alg, app, issuer }) => {
  const jwks = buildGetJwks()
  return async (token, audience) => {
    const header = jsonwebtoken.decode(token, { complete: true })?.header
    const key = await jwks.getPublicKey({ domain: app.url, kid: header?.kid ?? '', alg: header?.alg ?? '' })
    return jsonwebtoken.verify(token, key, { issuer, audience, algorithms: [alg as 'RS256'] }) as Claims
  }
}

/** A resource server as the README of get-jwks shows it; @fastify/jwt verifies with fast-jwt. */
export const fastifyJwtWithGetJwks: Verifier = ({ alg, app, issuer }) => {
  const jwks = buildGetJwks()
  return async (token, audience) => {
    const server = Fastify()
    await server.register(fastifyJwt, {
      decode: { complete: true },
      secret: async (_request: unknown, token: TokenOrHeader) => {
        const { kid, alg } = 'header' in token ? token.header : token
        return jwks.getPublicKey({ domain: app.url, kid, alg })
      },
      verify: { algorithms: [alg], allowedIss: issuer, allowedAud: audience },
    })
    server.get('/', (request) => request.jwtVerify())
    const answer = await server.inject({ url: '/', headers: { authorization: `Bearer ${token}` } })
    await server.close()
    if (answer.statusCode !== 200) throw new Error(answer.body)
    return answer.json()
  }
}
