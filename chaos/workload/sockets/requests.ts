import { type Call, type Credentials, granted, nothing, shown } from '../requests.ts'
import type { AccessToken, Grant } from '../tokens.ts'

/** Whose token it is, for the history. */
export interface Owner {
  readonly user?: string
  readonly session?: string
}

/** `GET /me` of the Backend, which it answers by itself. */
export function backendMe(access: AccessToken, owner: Owner): Call<undefined> {
  return {
    operation: 'backend',
    request: { method: 'GET', path: '/me', headers: { authorization: `Bearer ${access.token}` } },
    notes: { ...owner, ...shown(access) },
    read({ sub, session_id, email }) {
      if (typeof sub !== 'string' || typeof session_id !== 'string')
        throw new TypeError('not the answer of the contract')
      return [undefined, { account: sub, session: session_id, user: email }]
    },
  }
}

/** `GET /sessions` of the Backend, for which it asks the auth server. */
export function backendSessions(access: AccessToken, owner: Owner): Call<undefined> {
  return {
    operation: 'backend_sessions',
    request: { method: 'GET', path: '/sessions', headers: { authorization: `Bearer ${access.token}` } },
    notes: { ...owner, ...shown(access) },
    read({ sessions }) {
      if (!Array.isArray(sessions)) throw new TypeError('not the answer of the contract')
      return nothing()
    },
  }
}

/** `POST /login` of the Backend. */
export function backendLogin({ email, password }: Credentials): Call<Grant> {
  return {
    operation: 'backend_login',
    request: {
      method: 'POST',
      path: '/login',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password }),
    },
    notes: { user: email },
    read: granted,
  }
}
