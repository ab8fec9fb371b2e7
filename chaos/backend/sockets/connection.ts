import { randomUUID } from 'node:crypto'
import type { WebSocket } from 'ws'
import { type AccessClaims, InvalidTokenError, UncheckableTokenError, type Verifier } from '../../../verifier/index.ts'
import type { Settings } from '../settings.ts'
import { CLOSE, type Closing, readMessage, type ServerMessage } from './protocol.ts'

export interface ConnectionOptions {
  readonly socket: WebSocket
  readonly verifier: Verifier
  readonly settings: Settings['sockets']
  /** The token that it was opened with, and what stands in it. */
  readonly token: string
  readonly claims: AccessClaims
  /** Whether a token of this session, signed by this key, is no good any more. */
  readonly isVoid: (kid: string) => boolean
}

/** One open socket, and the access token that it lives on. */
export class Connection {
  readonly id = randomUUID()
  readonly sessionId: string
  readonly #options: ConnectionOptions
  readonly #user: string
  #kid = ''
  #expiry: NodeJS.Timeout | undefined
  #isAlive = true
  #isChecking = false
  #ending: Closing | undefined

  constructor(options: ConnectionOptions) {
    const { socket, claims, token } = options
    this.#options = options
    this.sessionId = claims.sid
    this.#user = claims.sub
    socket.on('message', (data, isBinary) => this.#receive(String(data), isBinary))
    socket.on('pong', () => {
      this.#isAlive = true
    })
    socket.on('close', () => clearTimeout(this.#expiry))
    this.#liveOn(token, claims)
    this.#send({ type: 'welcome', connection: this.id, expires_at: timeOf(claims) })
  }

  /** The key that signed its token. */
  get kid(): string {
    return this.#kid
  }

  /** Why this service closed it, if it did. */
  get ending(): Closing | undefined {
    return this.#ending
  }

  /** Closes it. From now on nothing that the client says is heard, though it may keep its end open for a while. */
  close(closing: Closing): void {
    if (this.#ending !== undefined) return
    this.#ending = closing
    clearTimeout(this.#expiry)
    this.#options.socket.close(closing.code, closing.reason)
  }

  /** Ends it without a word, for a client that does not answer. */
  terminate(): void {
    this.#options.socket.terminate()
  }

  /** Ends a socket whose client did not answer the last ping (RFC 6455 section 5.5.2), and sends the next. */
  heartbeat(): void {
    if (this.#isAlive) this.#options.socket.ping()
    else this.terminate()
    this.#isAlive = false
  }

  #receive(text: string, isBinary: boolean): void {
    if (this.#ending !== undefined) return
    const message = isBinary ? undefined : readMessage(text)
    if (message === undefined) this.close(CLOSE.badMessage)
    else if (message.type === 'token') this.#fresh(message.token)
    else this.#send({ type: 'pong', id: message.id, connection: this.id })
  }

  /** One at a time. */
  #fresh(token: string): void {
    if (this.#isChecking) {
      this.#send({ type: 'token_refused', code: 'busy' })
      return
    }
    this.#isChecking = true
    void this.#renew(token).finally(() => {
      this.#isChecking = false
    })
  }

  /** A fresh token, of the same session, takes the place of the one before. That it can't be checked ends nothing. */
  async #renew(token: string): Promise<void> {
    try {
      const claims = await this.#options.verifier.verify(token)
      if (this.#ending !== undefined) return
      const isOurs = claims.sub === this.#user && claims.sid === this.sessionId
      if (isOurs) this.#liveOn(token, claims)
      else this.close(CLOSE.otherSession)
      this.#send({ type: 'token_accepted', expires_at: timeOf(claims) })
    } catch (error) {
      this.#send(refusalOf(error))
    }
  }

  #liveOn(token: string, claims: AccessClaims): void {
    const { settings, isVoid } = this.#options
    this.#kid = kidOf(token)
    clearTimeout(this.#expiry)
    // The news may have come between the check of the token and now.
    if (isVoid(this.#kid)) this.close(CLOSE.revoked)
    const leftMs = claims.exp * 1000 - Date.now() + settings.tokenGraceMs
    // Node fires a longer timer at once.
    this.#expiry = setTimeout(() => this.close(CLOSE.expired), Math.min(Math.max(0, leftMs), 2 ** 31 - 1)).unref()
  }

  /** A reader that lets too much pile up is cut off: it could not be told either. */
  #send(message: ServerMessage): void {
    const { socket, settings } = this.#options
    if (socket.bufferedAmount > settings.backlogBytes) this.terminate()
    else if (this.#ending === undefined) socket.send(JSON.stringify(message))
  }
}

function refusalOf(error: unknown): ServerMessage {
  if (error instanceof InvalidTokenError) return { type: 'token_refused', code: 'invalid_token' }
  const retry_after = error instanceof UncheckableTokenError ? error.retryAfterS : 1
  return { type: 'token_refused', code: 'uncheckable', retry_after }
}

/** The key id of a token that was verified. */
function kidOf(token: string): string {
  const [header = ''] = token.split('.')
  return String(JSON.parse(Buffer.from(header, 'base64url').toString()).kid)
}

function timeOf({ exp }: AccessClaims): string {
  return new Date(exp * 1000).toISOString()
}
