import { randomBytes } from 'node:crypto'
import { Bag } from './bag.ts'
import { type Random, seededRandom } from './random.ts'
import type { AccessToken, Grant, Token } from './tokens.ts'

/** A user's account. Nobody but this population has its password. */
export interface Account {
  readonly email: string
  readonly password: string
  /** Logins so far, each of which may have begun a session. */
  logins: number
}

/** A session as its client holds it. */
export interface Session {
  readonly id: string
  readonly account: Account
  access: AccessToken
  refresh: Token
}

/**
 * Logins of an account that may have begun a session: one fewer than the server lets live at once (10), less one for the
 * audit, so that no session has to make room for another.
 */
const LOGINS_PER_ACCOUNT = 8
/** Sessions that were ended, kept to see that they are refused. */
const MAX_ENDED = 500
/** How soon a client asks again after an unknown outcome, in milliseconds. */
const RETRY_MS = 1000
const PICKS = 8

/**
 * The clients' side of things: who has registered, who is logged in with which tokens. Every client is honest: it never
 * refreshes one session twice at once, and after an unknown outcome it comes again with the same refresh token.
 */
export class Population {
  readonly random: Random
  /** Registered, with an acknowledgement. */
  readonly accounts: Account[] = []
  /** Registered to be guessed at; nobody logs in with them, for a spent budget refuses the owner as well. */
  readonly victims: Account[] = []
  /** Asked for, but nobody knows whether they exist. */
  readonly unsure = new Set<Account>()
  /** Refused with 401 when their clients refreshed: whether rightly is for the checks. */
  readonly loggedOut: Session[] = []
  readonly #now: () => number
  readonly #alive = new Bag<Session>()
  readonly #free = new Bag<Session>()
  readonly #ended = new Bag<Session>()
  readonly #voided = new Bag<AccessToken>()
  /** Those that must refresh before anybody else, and from when on they may. */
  readonly #urgent: { readonly session: Session; readonly notBefore: number }[] = []
  readonly #hurrying = new Set<Session>()
  readonly #leaving: Session[] = []
  #turn = 0
  #victim = 0

  /**
   * @param now milliseconds on the run's clock: by it access tokens expire
   * @param seed of the choice among accounts and sessions; emails are random all the same, so that runs don't meet
   */
  constructor(now: () => number, seed = 1) {
    this.#now = now
    this.random = seededRandom(seed)
  }

  /** Sessions that are logged in, as far as their clients know. */
  get size(): number {
    return this.#alive.size
  }

  /** All sessions that are logged in, as far as their clients know. */
  get sessions(): readonly Session[] {
    return [...this.#alive]
  }

  /** Whether this session is logged in, as far as its client knows. */
  has(session: Session): boolean {
    return this.#alive.has(session)
  }

  /** Credentials that nobody has used yet. */
  newAccount(): Account {
    const email = `user.${randomBytes(8).toString('hex')}@chaos.example.com`
    return { email, password: `quiet herons ${randomBytes(6).toString('hex')}`, logins: 0 }
  }

  /** An account for one more login, the next in turn; undefined when each has had all that it may have. */
  takeForLogin(): Account | undefined {
    for (let i = 0; i < Math.min(PICKS, this.accounts.length); i += 1) {
      const account = this.accounts[this.#turn++ % this.accounts.length]
      if (account !== undefined && account.logins < LOGINS_PER_ACCOUNT) return account
    }
    return undefined
  }

  /** An account to guess at, by turns. */
  takeVictim(): Account | undefined {
    return this.victims[this.#victim++ % this.victims.length]
  }

  /** A client is logged in. */
  add(account: Account, grant: Grant): Session {
    const { sessionId: id, access, refresh } = grant
    const session = { id, account, access, refresh }
    this.#alive.add(session)
    this.#free.add(session)
    return session
  }

  /** A session whose access token is good for `marginMs` more; undefined when there is none at hand. */
  pick(marginMs = 2000): Session | undefined {
    const until = this.#now() + marginMs
    for (let i = 0; i < PICKS; i += 1) {
      const session = this.#alive.pick(this.random)
      if (session === undefined) return undefined
      if (session.access.expires <= until) this.#hurry(session, this.#now())
      else if (!this.#voided.has(session.access)) return session
    }
    return undefined
  }

  /** A session to refresh, for this caller alone until it is given back; those whose client must hurry come first. */
  takeForRefresh(): Session | undefined {
    for (let first = this.#urgent[0]; first !== undefined && first.notBefore <= this.#now(); first = this.#urgent[0]) {
      this.#urgent.shift()
      this.#hurrying.delete(first.session)
      if (this.#free.delete(first.session)) return first.session
    }
    return this.#takeFree()
  }

  /** Takes this one as `takeForRefresh` does; false when somebody has it or it is not logged in. */
  take(session: Session): boolean {
    return this.#free.delete(session)
  }

  /** A session that its user leaves: one whose logout has to be repeated, or another. */
  takeForLogout(): Session | undefined {
    const session = this.#leaving.shift() ?? this.#takeFree()
    if (session !== undefined) this.#alive.delete(session)
    return session
  }

  /** A session that was ended with an acknowledgement. */
  pickEnded(): Session | undefined {
    return this.#ended.pick(this.random)
  }

  /** An access token that was refused before its time, as after a Revoke All. */
  pickVoided(): AccessToken | undefined {
    return this.#voided.pick(this.random)
  }

  /** Its client has new tokens. */
  refreshed(session: Session, { access, refresh }: Grant): void {
    session.access = access
    session.refresh = refresh
    this.giveBack(session)
  }

  /** Nothing is known to have changed; the client comes again soon, with the same refresh token. */
  unsettled(session: Session): void {
    this.giveBack(session)
    this.#hurry(session, this.#now() + RETRY_MS)
  }

  giveBack(session: Session): void {
    if (this.#alive.has(session)) this.#free.add(session)
  }

  /** Its refresh token was refused. */
  refused(session: Session): void {
    this.#forget(session)
    this.loggedOut.push(session)
  }

  /** Its access token was refused: the client refreshes as soon as it can. */
  stale(session: Session, access: AccessToken): void {
    if (session.access !== access || this.#voided.has(access)) return
    if (this.#voided.size < MAX_ENDED) this.#voided.add(access)
    this.#hurry(session, this.#now())
  }

  /** Its logout was acknowledged. */
  left(session: Session): void {
    this.#forget(session)
    if (this.#ended.size < MAX_ENDED) this.#ended.add(session)
  }

  /** Its logout has an unknown outcome: it will be asked for again, and it is not used for anything else. */
  stillLeaving(session: Session): void {
    this.#leaving.push(session)
  }

  #hurry(session: Session, notBefore: number): void {
    if (this.#hurrying.has(session)) return
    this.#hurrying.add(session)
    this.#urgent.push({ session, notBefore })
  }

  #takeFree(): Session | undefined {
    const session = this.#free.pick(this.random)
    if (session !== undefined) this.#free.delete(session)
    return session
  }

  #forget(session: Session): void {
    this.#alive.delete(session)
    this.#free.delete(session)
  }
}
