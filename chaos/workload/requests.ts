import type { RunClock } from '../history/clock.ts'
import type { Completion, Invocation, Operation } from '../history/events.ts'
import { findPrivateKey } from './leak.ts'
import { type AccessToken, type Grant, named, readGrant, type Token } from './tokens.ts'
import type { WireRequest } from './wire.ts'

export interface Credentials {
  readonly email: string
  readonly password: string
}

type Noted = Omit<Invocation, 'type' | 'op' | 'operation' | 'instance' | 'due'>
type Found = Partial<Completion>

/** One operation as HTTP and as history: what is sent, what the history notes of it, what the answer must hold. */
export interface Call<T> {
  readonly operation: Operation
  readonly request: WireRequest
  readonly notes: Noted
  /** Reads the JSON of a 2xx answer. @throws when it is not what the contract says */
  readonly read: (body: Body, clock: RunClock) => readonly [value: T, found: Found]
}

// biome-ignore lint/suspicious/noExplicitAny: whatever a server under test sends; a reader throws when it does not fit
type Body = any

const JSON_TYPE = { 'content-type': 'application/json' }

function post(path: string, body: object, headers: Record<string, string> = {}): WireRequest {
  return { method: 'POST', path, headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(body) }
}

function get(path: string, headers: Record<string, string> = {}): WireRequest {
  return { method: 'GET', path, headers }
}

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` }
}

/** What the history notes of an access token that is shown. */
export function shown({ fingerprint, kid }: AccessToken): Noted {
  return { access: fingerprint, kid }
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('not the answer of the contract')
  return value
}

export const nothing = (): readonly [undefined, Found] => [undefined, {}]

/** Reads what a login and a refresh give. */
export function granted(body: Body, clock: RunClock): readonly [Grant, Found] {
  const grant = readGrant(body, clock)
  const { sessionId: session, user, account, access, refresh } = grant
  const { kid, expires } = access
  return [grant, { user, account, session, access: access.fingerprint, kid, expires, refresh: refresh.fingerprint }]
}

/** `POST /auth/register`. */
export function register({ email, password }: Credentials): Call<string> {
  return {
    operation: 'register',
    request: post('/auth/register', { email, password }),
    notes: { user: email },
    read: ({ id, email }) => [text(id), { account: text(id), user: text(email) }],
  }
}

/** `POST /auth/login`; a `guess` is one with a password that is known to be wrong. */
export function login({ email, password }: Credentials, operation: 'login' | 'guess' = 'login'): Call<Grant> {
  return { operation, request: post('/auth/login', { email, password }), notes: { user: email }, read: granted }
}

/** `POST /auth/refresh`. */
export function refresh({ token, fingerprint }: Token, notes: Noted): Call<Grant> {
  const request = post('/auth/refresh', { refresh_token: token })
  return { operation: 'refresh', request, notes: { ...notes, refresh: fingerprint }, read: granted }
}

/** `POST /auth/verify`. */
export function verify(access: AccessToken, notes: Noted): Call<undefined> {
  return {
    operation: 'verify',
    request: post('/auth/verify', { token: access.token }),
    notes: { ...notes, ...shown(access) },
    read({ active, sub, sid, email }) {
      if (active !== true) throw new TypeError('200, but not active')
      return [undefined, { account: text(sub), session: text(sid), user: text(email) }]
    },
  }
}

/** `GET /auth/me`. */
export function me(access: AccessToken, notes: Noted): Call<undefined> {
  return {
    operation: 'me',
    request: get('/auth/me', bearer(access.token)),
    notes: { ...notes, ...shown(access) },
    read: ({ sub, session_id, email }) => [
      undefined,
      { account: text(sub), session: text(session_id), user: text(email) },
    ],
  }
}

/** `POST /auth/logout` with an access token, or with a refresh token as JSON. */
export function logout(token: AccessToken | Token, notes: Noted): Call<undefined> {
  if ('kid' in token) {
    const request = { method: 'POST', path: '/auth/logout', headers: bearer(token.token) } as const
    return { operation: 'logout', request, notes: { ...notes, ...shown(token) }, read: nothing }
  }
  const { fingerprint } = named(token.token)
  const request = post('/auth/logout', { refresh_token: token.token })
  return { operation: 'logout', request, notes: { ...notes, refresh: fingerprint }, read: nothing }
}

/** `GET /.well-known/jwks.json`. */
export function jwks(): Call<readonly string[]> {
  return {
    operation: 'jwks',
    request: get('/.well-known/jwks.json'),
    notes: {},
    read({ keys }) {
      const kids = keys.map(({ kid }: Body) => text(kid))
      if (kids.length === 0) throw new TypeError('a key set without a key')
      const leak = findPrivateKey(keys)
      return [kids, { kids, ...(leak !== undefined && { leak }) }]
    },
  }
}

/** `POST /admin/keys/rotate`; gives the id of the key that signs from now on. */
export function rotate(adminKey: string): Call<string> {
  return {
    operation: 'rotate',
    request: { method: 'POST', path: '/admin/keys/rotate', headers: bearer(adminKey) },
    notes: {},
    read({ epoch, keys }) {
      const kid = text(keys.find(({ state }: Body) => state === 'active')?.kid)
      return [kid, { kid, epoch: Number(epoch) }]
    },
  }
}

/** `POST /admin/keys/revoke-all`; gives the id of the key that signs from now on. */
export function revokeAll(adminKey: string, sessionsVoided: boolean): Call<string> {
  const body = { reason: 'chaos', sessions: sessionsVoided }
  return {
    operation: 'revoke_all',
    request: post('/admin/keys/revoke-all', body, bearer(adminKey)),
    notes: { sessionsVoided },
    read: ({ epoch, kid }) => [text(kid), { kid: text(kid), epoch: Number(epoch), sessionsVoided }],
  }
}

/** `GET /health/live` or `GET /health/ready`. */
export function health(operation: 'live' | 'ready'): Call<Readonly<Record<string, unknown>>> {
  return { operation, request: get(`/health/${operation}`), notes: {}, read: (body) => [body, {}] }
}
