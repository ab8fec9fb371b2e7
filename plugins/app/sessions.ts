import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { AccountChanges } from '../../lib/auth/account-changes.ts'
import { RefreshTokens } from '../../lib/auth/refresh-token.ts'
import { RevocationLog } from '../../lib/auth/revocation-log.ts'
import { Revoker } from '../../lib/auth/revoker.ts'
import { SessionService } from '../../lib/auth/sessions.ts'
import { SessionStore } from '../../lib/store/sessions.ts'
import { UserStore } from '../../lib/store/users.ts'

declare module 'fastify' {
  interface FastifyInstance {
    revocations: RevocationLog
    revoker: Revoker
    sessions: SessionService
    sessionStore: SessionStore
    accountChanges: AccountChanges
    users: UserStore
    /** Sessions that were missing in Redis though nobody ended them, since the start. */
    missingSessions: { lost: number; unknown: number }
  }
}

/** Beyond it the session unused for longest makes room for a new one. */
const SESSIONS_PER_USER = 100

/** Sessions and their revocation, kept in step with the other instances by the probes of Redis and Postgres. */
async function sessions(app: FastifyInstance): Promise<void> {
  const { config, clock, random, log, keyRing, redisStore, postgres } = app
  const store = new SessionStore(redisStore, { ...config, perUser: SESSIONS_PER_USER }, redisStore.away)
  const revocations = new RevocationLog(clock, config.accessTokenTtl)
  const stores = { sessions: store, redis: redisStore.sync, postgres: postgres.sync }
  const revoker = new Revoker({ ...config, ...stores, log: revocations, clock })
  const users = new UserStore(postgres)
  const accountChanges = new AccountChanges({ users, sessions: store, postgres: postgres.sync, revoker })
  const missingSessions = { lost: 0, unknown: 0 }

  redisStore.position = () => revocations.position
  redisStore.onNews(async (news, emptied) => {
    if (emptied) {
      log.warn('redis: came back without its data; sessions that it held are gone')
      await revoker.restore()
    }
    for (const { cursor, event } of news.events) revocations.append(cursor, event)
    if (news.complete) revocations.advance(news.now)
    await revoker.flush()
  })
  redisStore.onEvents = (events) => {
    for (const { cursor, event } of events) revocations.append(cursor, event)
  }
  postgres.onNews(async ({ pending, changes }) => {
    if (pending.length > 0) await revoker.applyPending(pending)
    if (changes.length > 0) await accountChanges.apply(changes)
  })
  keyRing.onChange(({ epoch, version }, before) => {
    const at = new Date(clock.now()).toISOString()
    if (before !== undefined) revocations.appendLocal({ type: 'keys_changed', epoch, version, at })
  })

  app.decorate('revocations', revocations)
  app.decorate('revoker', revoker)
  app.decorate('sessionStore', store)
  app.decorate('users', users)
  app.decorate('accountChanges', accountChanges)
  app.decorate('missingSessions', missingSessions)
  app.decorate(
    'sessions',
    new SessionService({
      store,
      users,
      tokens: new RefreshTokens(config.keyEncryptionKey, config.secondKeyEncryptionKey),
      keyRing,
      revocations,
      revoker,
      clock,
      random,
      accessTokens: config,
      inTouch: () => redisStore.healthy(),
      async getInTouch() {
        redisStore.guard.refuseIfOpen()
        await redisStore.probe.fresh()
      },
      confirmKeyRing: app.confirmKeyRing,
      storeBegan: () => redisStore.began(),
      onMissing({ sessionId }, lost) {
        missingSessions[lost ? 'lost' : 'unknown'] += 1
        if (lost) log.warn({ session_id: sessionId }, 'a session is gone because redis lost its data')
      },
    }),
  )
}

export default fp(sessions, { name: 'sessions', dependencies: ['redis', 'postgres', 'signing-keys'] })
