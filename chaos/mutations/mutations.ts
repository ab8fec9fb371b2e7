/** One known way to build this server wrong, as a change of its source, and what must notice it. */
export interface Mutation {
  readonly name: string
  /** What it breaks, for the reader. */
  readonly breaks: string
  /** What is replaced in which file; each text must be there exactly once. */
  readonly edits: readonly Edit[]
  /** The scenario that is played with it. */
  readonly scenario: string
  /** The check that must fail there, by its name; others may fail as well. */
  readonly caughtBy: string
}

export interface Edit {
  /** From the root of the repository. */
  readonly file: string
  readonly from: string
  readonly to: string
}

const NEVER_MS = '86_400_000'

/** The mistakes that servers of this kind are known for, and one of the services that rely on them. */
export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'no-breaker',
    breaks: 'every call goes to a dependency that is known to be away',
    edits: [
      {
        file: 'lib/resilience/sliding-window.ts',
        from: 'return calls >= this.#options.minimumCalls && failures > this.#options.threshold * calls',
        to: 'return calls < 0 && failures < 0',
      },
    ],
    scenario: 'zombie-db-frozen',
    caughtBy: 'breaker-order',
  },
  {
    name: 'hanging-drivers',
    breaks: 'the time-outs of the drivers as they are by default, and none of our own',
    edits: [
      {
        file: 'plugins/resources/postgres.ts',
        from: 'connectionTimeoutMillis: connectTimeout,\n      query_timeout: queryTimeout,',
        to: '',
      },
      {
        file: 'plugins/resources/postgres.ts',
        from: 'timeoutMs: connectTimeout + queryTimeout + GUARD_MARGIN_MS,',
        to: `timeoutMs: ${NEVER_MS},`,
      },
      {
        file: 'lib/http-schemas.ts',
        from: 'export const HANDLER_DEADLINE_MS = 5000',
        to: `export const HANDLER_DEADLINE_MS = ${NEVER_MS}`,
      },
    ],
    scenario: 'zombie-db-frozen',
    caughtBy: 'bounded',
  },
  {
    name: 'fail-open-limiter',
    breaks: 'without Redis passwords are checked all the same, as often as somebody likes',
    edits: [
      {
        file: 'plugins/http/rate-limit.ts',
        from: 'if (shared || !redisIsAway) throw error',
        to: 'if (!redisIsAway) throw error',
      },
      {
        file: 'plugins/http/rate-limit.ts',
        from: 'app.redisStore.guard.refuseIfOpen()\n        await app.sessions.ready()',
        to: '',
      },
      {
        file: 'lib/auth/accounts.ts',
        from: 'const { count, resetMs, windowMs } = await attempts.take(email, network, accountRateLimit)',
        to: `const { count, resetMs, windowMs } = await attempts
      .take(email, network, accountRateLimit)
      .catch(() => ({ count: 1, resetMs: 0, windowMs: 0 }))`,
      },
    ],
    scenario: 'redis-frozen',
    caughtBy: 'guess-budget',
  },
  {
    name: 'non-atomic-refresh',
    breaks: 'a refresh takes the session out of Redis and puts it back in a second step',
    edits: [
      {
        file: 'lib/store/sessions.ts',
        from: `const answer = (await this.#redis.run(scripts.refresh, [keyOf(userId)], args)) as`,
        to: `const flat = (await this.#redis.run(scripts.list, [keyOf(userId)], [])) as string[]
    const at = flat.indexOf(sessionId)
    const who = flat[flat.indexOf('@') + 1]
    if (at < 0 || !(await this.remove(userId, sessionId))) return { kind: 'missing' }
    const [found, used, ip, userAgent] = JSON.parse(flat[at + 1] ?? '[]')
    if (found !== generation) return { kind: 'reused' }
    await this.create({ userId, sessionId, profile: JSON.parse(who ?? '{}'), ip, userAgent })
    const answer = (await this.#redis.run(scripts.refresh, [keyOf(userId)], args)) as`,
      },
    ],
    scenario: 'lost-reply',
    caughtBy: 'sessions-survive',
  },
  {
    name: 'stale-key-cache',
    breaks: 'a key that was seen once verifies for ever',
    edits: [
      {
        file: 'lib/keys/ring-in-use.ts',
        from: 'return this.material().verification.get(kid)',
        to: `const seen = (this as unknown as { seen: Map<string, VerificationKey> }).seen ?? new Map()
    Object.assign(this, { seen })
    for (const [id, key] of this.material().verification) seen.set(id, key)
    return seen.get(kid)`,
      },
    ],
    scenario: 'key-leak',
    caughtBy: 'revoke-all-holds',
  },
  {
    name: '401-on-outage',
    breaks: 'whoever can not be checked is refused as if they had been',
    edits: [
      {
        file: 'plugins/http/errors.ts',
        from: 'if (error instanceof AppError) return error\n',
        to: `if (error instanceof AppError && error.code === 'dependency_unavailable')
    return new AppError('invalid_refresh_token', { cause: error })
  if (error instanceof AppError) return error\n`,
      },
    ],
    scenario: 'redis-frozen',
    caughtBy: 'outage-is-no-verdict',
  },
  {
    name: 'token-in-log',
    breaks: 'the log line of a request has the token that it came with',
    edits: [
      {
        file: 'plugins/http/request-log.ts',
        from: 'ip, ...notes }\n',
        to: 'ip, token: request.headers.authorization, ...notes }\n',
      },
    ],
    scenario: 'redis-empty',
    caughtBy: 'secrets-not-logged',
  },
  {
    name: 'backend-asks-auth',
    breaks: 'the Backend asks the auth server about every token in place of verifying it',
    edits: [
      {
        file: 'chaos/backend/auth/verifier.ts',
        from: 'return verifier\n',
        to: `verifier.verify = async (token) => {
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ token })
    const answer = await fetch(settings.authUrl + '/auth/verify', { method: 'POST', headers, body })
    if (!answer.ok) throw new InvalidTokenError('unknown_key')
    return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  }
  return verifier
`,
      },
      {
        file: 'chaos/backend/auth/verifier.ts',
        from: 'import { createVerifier, type Verifier }',
        to: 'import { createVerifier, InvalidTokenError, type Verifier }',
      },
    ],
    scenario: 'auth-recovery',
    caughtBy: 'backend-serves',
  },
]

/** @throws an error that names the known ones */
export function mutationNamed(name: string): Mutation {
  const found = MUTATIONS.find((one) => one.name === name)
  if (found === undefined) throw new Error(`no mutation ${name}; there are ${MUTATIONS.map((m) => m.name).join(', ')}`)
  return found
}
