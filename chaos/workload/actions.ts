import type { CallOptions, Client, Result } from './client.ts'
import type { Account, Population, Session } from './population.ts'
import type { Fleet } from './sockets/fleet.ts'
import { backendMe, backendSessions } from './sockets/requests.ts'
import type { Grant } from './tokens.ts'
import type { Target } from './wire.ts'

/** What clients do in a load: the operations, and attempts with what was ended and must be refused. */
export const ACTIONS = [
  'register',
  'login',
  'guess',
  'refresh',
  'verify',
  'me',
  'jwks',
  'logout',
  'live',
  'ready',
  'verify_ended',
  'refresh_ended',
  'verify_voided',
  'backend',
  'backend_sessions',
  'backend_voided',
  'socket',
] as const
export type Action = (typeof ACTIONS)[number]

/** The clients who act. */
export interface Actors {
  readonly client: Client
  readonly population: Population
  /** The Backend, and those who have a socket there. */
  readonly backend?: { readonly to: Target; readonly fleet: Fleet }
}

/**
 * One client does one thing, honestly: it takes what it needs from the population and gives back what it got.
 *
 * @returns when it is done; undefined when there is nobody who could do it now
 */
export function act(action: Action, actors: Actors, options: CallOptions): Promise<unknown> | undefined {
  const { client } = actors
  switch (action) {
    case 'register':
      return register(actors, options)
    case 'login':
      return login(actors, options)
    case 'guess':
      return guess(actors, options)
    case 'refresh':
      return refreshSome(actors, options)
    case 'verify':
    case 'me':
      return verify(action, actors, options)
    case 'logout':
      return logout(actors, options)
    case 'jwks':
      return client.jwks(options)
    case 'backend':
    case 'backend_sessions':
    case 'backend_voided':
      return askBackend(action, actors, options)
    case 'socket':
      return actors.backend?.fleet.ping(options)
    case 'live':
    case 'ready':
      return client.health(action, options)
    default:
      return withEnded(action, actors, options)
  }
}

/** Every second one of a doubtful outcome is asked for again, as its user would. */
function register({ client, population }: Actors, options: CallOptions): Promise<unknown> {
  const [again] = population.random.int(2) === 0 ? population.unsure : []
  return registerAs(again ?? population.newAccount(), { client, population }, options)
}

/** Registers an account. That its email is taken tells that an earlier attempt of unknown outcome had made it. */
export async function registerAs(account: Account, { client, population }: Actors, options?: CallOptions) {
  population.unsure.delete(account)
  const result = await client.register(account, options)
  if (result.type === 'ok' || result.code === 'email_taken') population.accounts.push(account)
  else if (result.type === 'info') population.unsure.add(account)
  return result
}

function login({ client, population }: Actors, options: CallOptions): Promise<unknown> | undefined {
  const account = population.takeForLogin()
  return account && loginAs(account, { client, population }, options)
}

/** Logs in; the session joins the population. */
export async function loginAs(account: Account, { client, population }: Actors, options?: CallOptions) {
  account.logins += 1
  const result = await client.login(account, options)
  if (result.value !== undefined) population.add(account, result.value)
  return result
}

function guess({ client, population }: Actors, options: CallOptions): Promise<unknown> | undefined {
  const victim = population.takeVictim()
  return victim && client.guess({ email: victim.email, password: `wrong ${victim.password}` }, options)
}

function refreshSome(actors: Actors, options: CallOptions): Promise<unknown> | undefined {
  const session = actors.population.takeForRefresh()
  return session && refreshAs(session, actors, options)
}

/** Refreshes a session that the caller has taken, and gives it back. */
export async function refreshAs(
  session: Session,
  { client, population }: Actors,
  options?: CallOptions,
): Promise<Result<Grant>> {
  const result = await client.refresh(session.refresh, ownerOf(session), options)
  if (result.value !== undefined) population.refreshed(session, result.value)
  else if (result.type === 'info') population.unsettled(session)
  else if (result.status === 401) population.refused(session)
  else population.giveBack(session)
  return result
}

async function verifyAs(action: 'verify' | 'me', session: Session, actors: Actors, options: CallOptions) {
  const { access } = session
  const result = await actors.client[action](access, ownerOf(session), options)
  if (result.status === 401) actors.population.stale(session, access)
}

function verify(action: 'verify' | 'me', actors: Actors, options: CallOptions): Promise<unknown> | undefined {
  const session = actors.population.pick()
  return session && verifyAs(action, session, actors, options)
}

function askBackend(
  action: 'backend' | 'backend_sessions' | 'backend_voided',
  { client, population, backend }: Actors,
  options: CallOptions,
) {
  if (backend === undefined) return undefined
  if (action === 'backend_voided') {
    const voided = population.pickVoided()
    return voided && client.ask(backendMe(voided, {}), { ...options, to: backend.to })
  }
  const session = population.pick()
  if (session === undefined) return undefined
  const { access } = session
  const call = (action === 'backend' ? backendMe : backendSessions)(access, ownerOf(session))
  return client.ask(call, { ...options, to: backend.to }).then(({ status }) => {
    if (status === 401) population.stale(session, access)
  })
}

function logout({ client, population }: Actors, options: CallOptions): Promise<unknown> | undefined {
  const session = population.takeForLogout()
  if (session === undefined) return undefined
  const token = population.random.int(2) === 0 ? session.access : session.refresh
  return client.logout(token, ownerOf(session), options).then(({ type }) => {
    if (type === 'ok') population.left(session)
    else if (type === 'info') population.stillLeaving(session)
  })
}

function withEnded(action: Action, { client, population }: Actors, options: CallOptions) {
  if (action === 'verify_voided') {
    const access = population.pickVoided()
    return access && client.verify(access, {}, options)
  }
  const session = population.pickEnded()
  if (session === undefined) return undefined
  const owner = ownerOf(session)
  if (action === 'verify_ended') return client.verify(session.access, owner, options)
  return client.refresh(session.refresh, owner, options)
}

/** Whose tokens they are, for the history. */
export function ownerOf({ id, account }: Session) {
  return { user: account.email, session: id }
}
