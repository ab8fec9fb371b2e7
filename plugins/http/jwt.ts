import fastifyJwt, { type TokenOrHeader } from '@fastify/jwt'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import {
  ACCESS_TOKEN_TYPE,
  type AccessClaims,
  areClaims,
  isInTime,
  looksLikeAccessToken,
} from '../../lib/auth/access-token.ts'
import type { Grant } from '../../lib/auth/sessions.ts'
import type { TokenAnswer } from '../../lib/auth/token-answer.ts'
import type { VerifiedTokens } from '../../lib/auth/verified-tokens.ts'
import { SIGNING_ALGS } from '../../lib/config.ts'
import { AppError, dependencyUnavailable, invalidToken } from '../../lib/errors.ts'
import { isThumbprint } from '../../lib/keys/jwk.ts'
import type { VerificationKey } from '../../lib/keys/key-material.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** An onRequest hook that lets a valid Bearer access token alone through, and leaves its claims in the request. */
    requireAccessToken: (request: FastifyRequest) => Promise<void>
  }
  interface FastifyRequest {
    /** The claims of the Bearer token, behind `requireAccessToken`. */
    claims: AccessClaims
    /** The access token under examination. */
    presentedToken: string
    /** The Bearer token of the request; null when there is none (RFC 6750 section 2.1). */
    bearerToken(): string | null
    /**
     * Verifies an access token, without any I/O but for a key id that this instance has not heard of yet.
     *
     * @throws AppError `invalid_token`, or `dependency_unavailable` when it could not be checked
     */
    verifyAccessToken(token: string | null, options?: { readonly evenRevoked?: boolean }): Promise<AccessClaims>
  }
  interface FastifyReply {
    /** Signs the access token of a grant and makes the token answer (RFC 6749 section 5.1). */
    tokenAnswer(grant: Grant): Promise<TokenAnswer>
  }
}

/** @fastify/jwt bound to the key ring: the `kid` of a token picks the key, and the key says which algorithm it is for. */
async function jwt(app: FastifyInstance): Promise<void> {
  const { config, keyRing, redisStore, clock } = app

  async function keyOf(header: object): Promise<string> {
    const { kid, alg } = header as Record<string, unknown>
    if (typeof kid !== 'string') throw invalidToken(true, 'no key id')
    const key = keyRing.verificationKey(kid) ?? (await lookAgain(kid))
    if (key.alg !== alg) throw invalidToken(true, 'the key is for another algorithm')
    return key.publicPem
  }

  /** A key that another instance made a moment ago is not known here yet: no verdict before a look. */
  async function lookAgain(kid: string): Promise<VerificationKey> {
    if (!isThumbprint(kid)) throw invalidToken(true, 'no key id of ours')
    if (keyRing.isWithdrawn(kid)) throw invalidToken(true, 'the key was withdrawn')
    const confirmed = await app.confirmKeyRing()
    const key = keyRing.verificationKey(kid)
    if (key !== undefined) return key
    if (confirmed) throw invalidToken(true, 'unknown key id')
    throw dependencyUnavailable('signing-keys', app.keyRingGuard.retryAfterMs, new Error('unknown key id, cut off'))
  }

  await app.register(fastifyJwt, {
    decode: { complete: true },
    secret: {
      private: async () => keyRing.signingKey().privatePem,
      public: async (_request: FastifyRequest, token: TokenOrHeader) => keyOf('header' in token ? token.header : token),
    },
    verify: {
      algorithms: [...SIGNING_ALGS],
      allowedIss: config.issuer,
      allowedAud: [...config.audiences],
      checkTyp: ACCESS_TOKEN_TYPE,
      requiredClaims: ['iss', 'aud', 'sub', 'exp', 'iat', 'sid'],
      // Times are judged by our own clock, in isInTime.
      ignoreExpiration: true,
      ignoreNotBefore: true,
      extractToken: (request) => request.presentedToken,
    },
  })

  async function verify(request: FastifyRequest, token: string, verified?: VerifiedTokens): Promise<AccessClaims> {
    if (!looksLikeAccessToken(token)) throw invalidToken(true, 'malformed')
    request.presentedToken = token
    const claims = await request.jwtVerify<Record<string, unknown>>().catch(toInvalidToken)
    if (!areClaims(claims)) throw invalidToken(true, 'claims malformed')
    verified?.remember(token, claims)
    return claims
  }

  app.decorateRequest('presentedToken', '')
  app.decorateRequest('bearerToken', function bearerToken() {
    const [scheme, token = ''] = /^Bearer(?: +(.*?))? *$/i.exec(this.headers.authorization ?? '') ?? []
    return scheme === undefined ? null : token
  })
  app.decorateRequest('verifyAccessToken', async function verifyAccessToken(token, { evenRevoked = false } = {}) {
    if (token === null) throw invalidToken(false)
    // Asked for before the key is: what a key verified must not end in what belongs to a later ring.
    const verified = keyRing.verified
    const claims = verified?.claimsOf(token) ?? (await verify(this, token, verified))
    if (!isInTime(claims, clock.now())) throw invalidToken(true, 'expired or not yet valid')
    if (!evenRevoked && app.revocations.isRevoked(claims.sid, claims.sub)) {
      throw invalidToken(true, 'the session was revoked')
    }
    this.note({ user_id: claims.sub, session_id: claims.sid })
    return claims
  })
  app.decorateRequest('claims')
  app.decorate('requireAccessToken', async (request) => {
    request.claims = await request.verifyAccessToken(request.bearerToken())
  })
  app.decorateReply('tokenAnswer', async function tokenAnswer(this: FastifyReply, grant: Grant) {
    const { claims, refreshToken, refreshExpiresIn } = grant
    const { sign } = keyRing.signingKey()
    this.request.note({ user_id: claims.sub, session_id: claims.sid })
    redisStore.countToken()
    return {
      access_token: await sign(claims),
      token_type: 'Bearer' as const,
      expires_in: claims.exp - claims.iat,
      refresh_token: refreshToken,
      refresh_expires_in: refreshExpiresIn,
      session_id: claims.sid,
    }
  })
}

/** Every refusal of the token libraries means the same to a client; some of theirs would be a 500. */
function toInvalidToken(error: Error & { code?: string }): never {
  if (error instanceof AppError) throw error
  if (/^FA?ST_JWT_/.test(error.code ?? '')) throw invalidToken(true, error.code)
  /* c8 ignore next: a fault of ours; the libraries throw nothing else */
  throw error
}

export default fp(jwt, { name: 'jwt', dependencies: ['signing-keys', 'sessions', 'errors'] })
