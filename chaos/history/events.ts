/**
 * What happened in a run, as lines of `history.ndjson`. One clock for all of it: `at` is in milliseconds since the start of
 * the run, monotonic, also across the processes of a run. No token and no password is in here: tokens are named by a
 * fingerprint (`fingerprint()` of history.ts).
 */
export type HistoryEvent = { readonly at: number; readonly scenario: string } & Happening

/** An event before the history has stamped it. */
export type Happening =
  | Invocation
  | Completion
  | FaultEvent
  | BreakerEvent
  | TrafficEvent
  | ProcessEvent
  | SocketEvent
  | LogEvent
  | LogSearchEvent
  | AlertEvent
  | PhaseEvent
  | SampleEvent

/** What clients do. */
export const OPERATIONS = [
  'register',
  'login',
  'guess',
  'refresh',
  'verify',
  'me',
  'jwks',
  'logout',
  'rotate',
  'revoke_all',
  'live',
  'ready',
  'backend',
  'backend_sessions',
  'backend_login',
  'socket_open',
  'socket_token',
  'socket',
] as const
/**
 * `guess` is a login with a password that is known to be wrong. Of the Backend: `backend` is an answer of its own to
 * somebody with an access token, `backend_sessions` and `backend_login` need the auth server as well; `socket` is a ping on
 * an open WebSocket, and `socket_token` presents a fresh token on one.
 */
export type Operation = (typeof OPERATIONS)[number]

/** A client sends a request. */
export interface Invocation {
  readonly type: 'invoke'
  /** Joins the invocation with its completion; unique in a scenario. */
  readonly op: number
  readonly operation: Operation
  /** Name of the auth instance, or other server, that is asked. */
  readonly instance: string
  /** When it should have been sent (`at` of an open-loop plan): the latency counts from here. */
  readonly due: number
  /** The account: an email. */
  readonly user?: string
  readonly session?: string
  /** Fingerprint of the access token that is shown, and the key id in its header. */
  readonly access?: string
  readonly kid?: string
  /** Fingerprint of the refresh token that is spent. */
  readonly refresh?: string
  /** Of a Revoke All: whether sessions are to be voided as well. */
  readonly sessionsVoided?: boolean
}

/**
 * Its end. `ok`: done, 2xx. `fail`: certainly not done, a 4xx verdict. `info`: unknown; a 5xx, a lost connection, or no
 * answer by the end of the scenario.
 */
export interface Completion {
  readonly type: 'ok' | 'fail' | 'info'
  readonly op: number
  readonly operation: Operation
  readonly instance: string
  /** Milliseconds from `due` to the last byte of the answer. */
  readonly ms: number
  /** Absent without an answer. */
  readonly status?: number
  /** The problem's `code`. */
  readonly code?: string
  readonly dependency?: string
  /** Seconds. */
  readonly retryAfter?: number
  /** Without an answer: what the socket said, for instance `ECONNREFUSED`. */
  readonly error?: string
  /** What a 5xx body tells that it must not (an address, a stack, a driver's words); absent when clean. */
  readonly leak?: string
  /** What came back, where the operation gives it: the email, the account's id, the session's id. */
  readonly user?: string
  readonly account?: string
  readonly session?: string
  /** Fingerprint and key id of the new access token, and its `exp` in the milliseconds of `at`. */
  readonly access?: string
  readonly kid?: string
  readonly expires?: number
  /** Fingerprint of the new refresh token. */
  readonly refresh?: string
  /** Of a JWKS: the key ids in it. */
  readonly kids?: readonly string[]
  /** Of a WebSocket: what the server calls this connection. */
  readonly connection?: string
  /** Of a Revoke All: the new epoch, and the new key's id in `kid`; whether sessions were voided as well. */
  readonly epoch?: number
  readonly sessionsVoided?: boolean
}

/** A fault begins and ends; `struck` and `healed` are written once it was seen to hold, past the app. */
export interface FaultEvent {
  readonly type: 'fault'
  /** Joins the four; unique in a scenario. */
  readonly fault: string
  readonly name: string
  /** `postgres`, `redis`, `both`, or the name of an auth instance. */
  readonly target: string
  readonly stage: 'strike' | 'struck' | 'heal' | 'healed'
}

/** What a breaker stands in front of; `auth` in a server that asks the auth server. */
export type GuardedName = 'postgres' | 'redis' | 'auth'

/** A guard changed its state, read from the instance's own log, or from its metrics where there is no log. */
export interface BreakerEvent {
  readonly type: 'breaker'
  readonly instance: string
  readonly dependency: GuardedName
  readonly state: 'connecting' | 'closed' | 'open' | 'half_open'
  readonly reason?: string
}

/** An instance sent something to a dependency, counted by the proxy between them. */
export interface TrafficEvent {
  readonly type: 'traffic'
  readonly instance: string
  readonly dependency: GuardedName
  /**
   * A new connection, or a chunk of bytes on one, which for a driver that waits for its answers is a call. How a driver
   * greets and parts is none.
   */
  readonly kind: 'connection' | 'call'
}

/** The life of an auth instance, or of another server. */
export interface ProcessEvent {
  readonly type: 'process'
  readonly instance: string
  readonly pid: number
  readonly stage: 'started' | 'ready' | 'exited'
  /** `exit code 0`, `SIGKILL`. */
  readonly how?: string
  /** Whether the scenario ended it. */
  readonly wanted?: boolean
}

/** A client's WebSocket opens and closes. */
export interface SocketEvent {
  readonly type: 'socket'
  /** The server that it is to. */
  readonly instance: string
  /** The name that the server gave it. */
  readonly connection: string
  readonly stage: 'opened' | 'closed'
  readonly session?: string
  readonly user?: string
  /** Of the token that it was opened with. */
  readonly access?: string
  readonly kid?: string
  /** How it closed (RFC 6455 section 7.4). */
  readonly code?: number
  /** Whether the client ended it. */
  readonly wanted?: boolean
}

/** A line of an instance's log that must not be: level error or worse, or anything that is no JSON. */
export interface LogEvent {
  readonly type: 'log'
  readonly instance: string
  readonly text: string
}

/** The log of an instance was searched for secrets, from where the search before had ended. */
export interface LogSearchEvent {
  readonly type: 'log_search'
  readonly instance: string
  /** How many secrets were known. */
  readonly secrets: number
  readonly lines: number
  readonly bytes: number
  /** Whether it has the last request that the instance has answered. */
  readonly isWhole: boolean
  /** What it must not have and in which line; never the secret itself. */
  readonly found: readonly string[]
}

/** Prometheus has changed its mind about an alert; seen by looks, so a fraction of a second late. */
export interface AlertEvent {
  readonly type: 'alert'
  /** The name of its rule. */
  readonly alert: string
  /** Whom it is about: an instance, or the job where it is about all of them. */
  readonly subject: string
  /** `pending`: true, for shorter than the rule asks for. `inactive`: over. */
  readonly state: 'pending' | 'firing' | 'inactive'
  readonly severity: string
  /** As the people on call read it. */
  readonly summary: string
}

/** The scenario enters a phase; it lasts until the next one. */
export interface PhaseEvent {
  readonly type: 'phase'
  readonly phase: string
}

/** Numbers that were read somewhere: a scrape of /metrics, a count of connections. */
export interface SampleEvent {
  readonly type: 'sample'
  readonly source: string
  readonly values: Readonly<Record<string, number>>
}
