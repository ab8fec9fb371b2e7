/** Everything that the Backend can be told, read once from the environment. Durations are milliseconds. */
export interface Settings {
  readonly host: string
  readonly port: number
  readonly logLevel: string
  /** Base URL of the auth server's API. */
  readonly authUrl: string
  /** What stands in `iss`; where it is not the address that we reach the auth server by. */
  readonly issuer: string
  readonly audience: string
  readonly jwksUri: string
  readonly revocationsUri: string
  /** Where the verifier keeps what it needs to start while the auth server is down. */
  readonly snapshotFile: string | undefined
  readonly auth: {
    readonly timeoutMs: number
    /** So many calls in a row that fail open the breaker. */
    readonly failures: number
    readonly halfOpenAfterMs: number
    /** Calls at once; what comes beyond is refused. */
    readonly concurrency: number
  }
  readonly sockets: {
    readonly most: number
    readonly heartbeatMs: number
    /** How long a socket may stay after its token has expired. */
    readonly tokenGraceMs: number
    readonly messageBytes: number
    /** A reader that lets more than this pile up is cut off. */
    readonly backlogBytes: number
  }
  readonly shutdownGraceMs: number
}

/** The settings are wrong: one line for each mistake. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']

/**
 * Reads and checks all settings. An empty value counts as missing.
 *
 * @throws SettingsError
 */
export function readSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const problems: string[] = []

  function text(name: string, otherwise?: string): string {
    const value = env[name] || otherwise
    if (value === undefined) problems.push(`${name}: is missing`)
    return value ?? ''
  }
  function url(name: string, otherwise?: string): string {
    const value = text(name, otherwise)
    if (env[name] && !/^https?:$/.test(URL.parse(value)?.protocol ?? '')) {
      problems.push(`${name}: must be an http or https URL`)
    }
    return value.replace(/\/$/, '')
  }
  function whole(name: string, otherwise: number, least: number, most: number): number {
    const value = env[name] || String(otherwise)
    if (/^\d{1,10}$/.test(value) && Number(value) >= least && Number(value) <= most) return Number(value)
    problems.push(`${name}: must be a whole number from ${least} to ${most}`)
    return otherwise
  }
  const ms = (name: string, otherwise: number): number => whole(name, otherwise, 1, 3_600_000)

  const logLevel = text('LOG_LEVEL', 'info')
  if (!LEVELS.includes(logLevel)) problems.push(`LOG_LEVEL: must be one of ${LEVELS.join(', ')}`)
  const authUrl = url('AUTH_URL')
  const at = (path: string): string => authUrl && authUrl + path
  const settings: Settings = {
    host: text('HOST', '127.0.0.1'),
    port: whole('PORT', 3001, 0, 65_535),
    logLevel,
    authUrl,
    issuer: url('ISSUER', authUrl),
    audience: text('AUDIENCE'),
    jwksUri: url('JWKS_URI', at('/.well-known/jwks.json')),
    revocationsUri: url('REVOCATIONS_URI', at('/auth/revocations')),
    snapshotFile: env.SNAPSHOT_FILE || undefined,
    auth: {
      timeoutMs: ms('AUTH_TIMEOUT_MS', 1000),
      failures: whole('AUTH_FAILURES', 5, 1, 1000),
      halfOpenAfterMs: ms('AUTH_HALF_OPEN_AFTER_MS', 10_000),
      concurrency: whole('AUTH_CONCURRENCY', 50, 1, 10_000),
    },
    sockets: {
      most: whole('MAX_SOCKETS', 10_000, 1, 1_000_000),
      heartbeatMs: ms('HEARTBEAT_MS', 15_000),
      tokenGraceMs: ms('TOKEN_GRACE_MS', 5000),
      messageBytes: whole('MAX_MESSAGE_BYTES', 16_384, 256, 16_777_216),
      backlogBytes: whole('MAX_BACKLOG_BYTES', 262_144, 1024, 1_073_741_824),
    },
    shutdownGraceMs: ms('SHUTDOWN_GRACE_MS', 5000),
  }
  if (problems.length > 0) throw new SettingsError(problems)
  return settings
}
