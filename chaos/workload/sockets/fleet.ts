import { setTimeout as sleep } from 'node:timers/promises'
import { ownerOf, refreshAs } from '../actions.ts'
import type { CallOptions, Client, Result } from '../client.ts'
import { inParallel } from '../in-parallel.ts'
import type { Population, Session } from '../population.ts'
import type { AccessToken } from '../tokens.ts'
import type { Target } from '../wire.ts'
import { LiveSocket } from './live-socket.ts'

export interface FleetOptions {
  readonly client: Client
  readonly population: Population
  /** The Backend. */
  readonly to: Target
  /** Clients refresh when less than this is left of their access token, in milliseconds. */
  readonly freshMs: number
}

/** A session and its socket. */
interface Member {
  readonly session: Session
  socket: LiveSocket
  /** The token that it must not use any more. */
  outdated?: AccessToken
  isBusy: boolean
  notBefore: number
}

const TICK_MS = 50
const RETRY_MS = 500
const AT_ONCE = 8

/**
 * Honest clients with a WebSocket each. They refresh before their access token expires and present the fresh one on the open
 * socket; whoever is closed for a token that is void refreshes and comes again. Sessions that log out are let go.
 */
export class Fleet implements AsyncDisposable {
  readonly #options: FleetOptions
  readonly #members = new Set<Member>()
  readonly #sockets = new Set<LiveSocket>()
  #timer: NodeJS.Timeout | undefined
  #turn = 0

  constructor(options: FleetOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#members.size
  }

  /** Sockets that are open now. */
  get open(): number {
    return [...this.#members].filter(({ socket }) => socket.isOpen).length
  }

  /** Opens a socket for each of these sessions, and begins to look after them. */
  async join(sessions: readonly Session[]): Promise<readonly Result<undefined>[]> {
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS)
    return inParallel(sessions, AT_ONCE, (session) => {
      const member = { session, socket: this.#newSocket(session), isBusy: false, notBefore: 0 }
      this.#members.add(member)
      return this.#whileBusy(member, () => member.socket.open(session.access))
    })
  }

  /** The socket of a session that has joined. */
  socketOf(session: Session): LiveSocket | undefined {
    return [...this.#members].find((member) => member.session === session)?.socket
  }

  /** Every client gets a new access token, and presents it on its open socket. False when that takes longer. */
  async renewAll(withinMs: number): Promise<boolean> {
    const end = performance.now() + withinMs
    for (const member of this.#members) member.outdated = member.session.access
    const isNew = ({ session: { access }, socket, outdated }: Member) =>
      socket.isOpen && socket.token === access && access !== outdated
    while (![...this.#members].every(isNew)) {
      if (performance.now() > end) return false
      await sleep(TICK_MS)
    }
    return true
  }

  /** The next client with an open socket sends a ping; undefined when there is none. */
  ping({ due }: CallOptions = {}): Promise<Result<undefined>> | undefined {
    const open = [...this.#members].filter(({ socket }) => socket.isOpen)
    return open[this.#turn++ % open.length]?.socket.ping(due)
  }

  /** Closes all sockets. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    for (const socket of this.#sockets) socket.close()
    const end = performance.now() + RETRY_MS
    while ([...this.#sockets].some(({ isOpen }) => isOpen) && performance.now() < end) {
      await sleep(TICK_MS)
    }
  }

  #newSocket(session: Session): LiveSocket {
    const { client, to } = this.#options
    const socket = new LiveSocket({ history: client.history, to, owner: ownerOf(session) })
    this.#sockets.add(socket)
    return socket
  }

  #tick(): void {
    const { client, population } = this.#options
    const now = client.history.now()
    for (const member of this.#members) {
      if (!population.has(member.session)) this.#members.delete(member)
      else if (!member.isBusy && member.notBefore <= now) void this.#whileBusy(member, () => this.#tend(member))
    }
  }

  async #whileBusy<T>(member: Member, work: () => Promise<T>): Promise<T> {
    member.isBusy = true
    try {
      return await work()
    } finally {
      member.isBusy = false
    }
  }

  /** One step towards an open socket with a fresh token. */
  async #tend(member: Member): Promise<void> {
    const { client, freshMs } = this.#options
    const { session, socket } = member
    const { access } = session
    const now = client.history.now()
    if (!socket.isOpen && socket.isTokenRefused && socket.token === access) this.#isVoid(member)
    else if (member.outdated === access) await this.#refresh(member)
    else if (!socket.isOpen) {
      member.socket = this.#newSocket(session)
      await this.#orLater(member, member.socket.open(access))
    } else if (access.expires - now < freshMs) await this.#refresh(member)
    else if (socket.token !== access) await this.#orLater(member, socket.present(access))
  }

  /** It was closed for its token. */
  #isVoid(member: Member): void {
    const { session } = member
    this.#options.population.stale(session, session.access)
    member.outdated = session.access
  }

  async #refresh(member: Member): Promise<void> {
    // Somebody else may be at it: two at once would be reuse.
    if (!this.#options.population.take(member.session)) return
    await this.#orLater(member, refreshAs(member.session, this.#options))
  }

  async #orLater(member: Member, work: Promise<Result<unknown>>): Promise<void> {
    const { type } = await work
    if (type !== 'ok') member.notBefore = this.#options.client.history.now() + RETRY_MS
  }
}
