import { setTimeout as sleep } from 'node:timers/promises'
import type { WebSocket } from 'ws'
import type { AccessClaims, Verifier } from '../../../verifier/index.ts'
import type { Settings } from '../settings.ts'
import { Connection } from './connection.ts'
import { CLOSE } from './protocol.ts'

const CLOSING_MS = 1000
const PAUSE_MS = 10

/**
 * All open sockets. What the verifier hears of ends those that it concerns, at once: the socket of a session that was
 * revoked, and every socket whose token was signed by a key that is void. What the verifier does *not* hear, because the
 * auth server is away, ends none.
 */
export class Hub {
  readonly #settings: Settings['sockets']
  readonly #verifier: Verifier
  readonly #open = new Set<Connection>()
  readonly #bySession = new Map<string, Set<Connection>>()
  readonly #listeners = new Set<(reason: string) => void>()
  readonly #stop: readonly (() => void)[]

  constructor(verifier: Verifier, settings: Settings['sockets']) {
    this.#settings = settings
    this.#verifier = verifier
    const heartbeat = setInterval(() => {
      for (const connection of this.#open) connection.heartbeat()
    }, settings.heartbeatMs).unref()
    this.#stop = [
      () => clearInterval(heartbeat),
      verifier.on('revoked', ({ sessionId }) => this.#revoke(this.#bySession.get(sessionId) ?? [])),
      // A planned rotation takes a key away when the last token that it signed has expired: nobody is hit by that.
      verifier.on('keys', ({ kids }) => this.#revoke([...this.#open].filter(({ kid }) => !kids.includes(kid)))),
    ]
  }

  get size(): number {
    return this.#open.size
  }

  /** True when there is no room for another one. */
  get isFull(): boolean {
    return this.#open.size >= this.#settings.most
  }

  /** Tells the reason of each socket that ends; `gone` where the client or the network ended it. */
  onClosed(listener: (reason: string) => void): void {
    this.#listeners.add(listener)
  }

  /** Takes a socket that was opened with this token, which was verified. */
  open(socket: WebSocket, token: string, claims: AccessClaims): void {
    const { sid } = claims
    const isVoid = (kid: string) => this.#verifier.isRevoked(sid) || !this.#verifier.state().keys.includes(kid)
    const options = { socket, token, claims, isVoid, verifier: this.#verifier, settings: this.#settings }
    const connection = new Connection(options)
    this.#open.add(connection)
    this.#bySession.set(sid, (this.#bySession.get(sid) ?? new Set()).add(connection))
    socket.once('close', () => this.#forget(connection))
  }

  /** Says good-bye to all, and waits a moment for their answers. */
  async close(): Promise<void> {
    for (const stop of this.#stop) stop()
    for (const connection of this.#open) connection.close(CLOSE.goingAway)
    const end = performance.now() + CLOSING_MS
    while (this.#open.size > 0 && performance.now() < end) await sleep(PAUSE_MS)
    for (const connection of this.#open) connection.terminate()
  }

  #revoke(connections: Iterable<Connection>): void {
    for (const connection of connections) connection.close(CLOSE.revoked)
  }

  #forget(connection: Connection): void {
    this.#open.delete(connection)
    const siblings = this.#bySession.get(connection.sessionId)
    siblings?.delete(connection)
    if (siblings?.size === 0) this.#bySession.delete(connection.sessionId)
    for (const listener of this.#listeners) listener(connection.ending?.reason ?? 'gone')
  }
}
