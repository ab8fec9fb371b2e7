import { Redis } from 'ioredis'
import { newId } from '../../lib/auth/ids.ts'
import { RefreshTokens } from '../../lib/auth/refresh-token.ts'
import { loadScript } from '../../lib/store/redis-handle.ts'
import { accountKeyOf, keyOf as sessionsKeyOf } from '../../lib/store/sessions.ts'
import { openLoop } from '../load/open-loop.ts'
import { chains, refreshTokenIn } from '../peers/chain.ts'
import { post } from '../peers/peer.ts'
import { KEY_ENCRYPTION_KEY, tokenforge } from '../peers/tokenforge.ts'
import { startPeer } from './contestants.ts'
import type { Scenario } from './scenario.ts'

const SIZES = [
  ['10k', 10_000],
  ['100k', 100_000],
  ['1M', 1_000_000],
] as const
/** What most users have: a phone and a laptop. */
const SESSIONS_A_USER = 2
const BATCH = 1000
const WEEK_MS = 7 * 24 * 3_600_000
const USER_AGENT =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36'
const PER_SECOND = 200
const TURN_S = 4
const PROBES = 512
/** Of a turn, a tenth. */
const MOST_FAILURES = (PER_SECOND * TURN_S) / 10
const create = loadScript('session-create', { keys: 2 })

interface Session {
  readonly userId: string
  readonly sessionId: string
}

/** How the number of live sessions bears on a refresh, and what one takes in Redis. */
export const sessions: Scenario = {
  name: 'sessions',
  about: 'refresh with 10k, 100k and 1M live sessions, and bytes of Redis a session',
  quick: false,
  async run({ stores, figures, rounds, say }) {
    await using stack = new AsyncDisposableStack()
    const { server, urls } = await startPeer(tokenforge, stores, stack, {
      name: 'tokenforge_sessions',
      prepare: async () => ({}),
    })
    const redis = new Redis(urls.redis)
    stack.defer(() => redis.disconnect())
    await redis.config('SET', 'auto-aof-rewrite-percentage', '0')
    redis.defineCommand(create.name, { numberOfKeys: create.keys, lua: create.lua })
    const used = async () => Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1])
    const tokens = new RefreshTokens(Buffer.from(KEY_ENCRYPTION_KEY, 'base64'))
    const empty = await used()
    const known: Session[] = []
    let live = 0
    for (const [size, wanted] of SIZES) {
      while (live < wanted) {
        const made = await fill(redis, Math.min(BATCH, (wanted - live) / SESSIONS_A_USER))
        live += made.length
        if (known.length < PROBES) known.push(...made.slice(0, 8))
        if (live % 50_000 === 0) say(`sessions: ${live} of ${wanted}`)
      }
      figures.add(`redis bytes a session | ${size} sessions`, 'bytes', ((await used()) - empty) / live)
      for (let round = 0; round <= rounds; round += 1) {
        say(`sessions, ${size}, round ${round} of ${rounds}`)
        // The generations before this turn are over: a token of the future is one whose write was lost, and is good.
        const generation = (turn++ + 1) * 1_000_000
        const first = known.map((one) => tokens.make({ ...one, generation }, 1))
        const newCaller = chains(first, (token) => post('/auth/refresh', { refresh_token: token }), refreshTokenIn)
        const streams = { refresh: { newCaller, perSecond: PER_SECOND } }
        const { refresh } = await openLoop(server.url, streams, TURN_S)
        if (refresh.failures > 0) say(`sessions, ${size}: ${refresh.failures} not as wanted\n`)
        if (refresh.failures > MOST_FAILURES) throw new Error('refreshes that fail are no measurement')
        if (round === 0) continue
        figures.add(`refresh p50 | ${size} sessions`, 'ms', refresh.p50)
        figures.add(`refresh p99 | ${size} sessions`, 'ms', refresh.p99)
      }
    }
  },
}

let turn = 0

/** Begins sessions of new users, by the script with which the server begins one. */
async function fill(redis: Redis, users: number): Promise<Session[]> {
  const made: Session[] = []
  const pipeline = redis.pipeline() as unknown as Record<string, (...args: (string | number)[]) => unknown>
  const now = Date.now()
  for (let i = 0; i < users; i += 1) {
    const userId = newId(now)
    const profile = JSON.stringify({ email: `${userId.slice(-12)}@example.com`, roles: [] })
    for (let j = 0; j < SESSIONS_A_USER; j += 1) {
      const sessionId = newId(now)
      const args = [sessionId, profile, '203.0.113.7', USER_AGENT, WEEK_MS, now + 4 * WEEK_MS, 100, 4 * WEEK_MS, 0]
      pipeline[create.name]?.(sessionsKeyOf(userId), accountKeyOf(userId), Number.MAX_SAFE_INTEGER, ...args)
      made.push({ userId, sessionId })
    }
  }
  const answers = (await (pipeline as unknown as ReturnType<Redis['pipeline']>).exec()) ?? []
  for (const [error] of answers) if (error !== null) throw error
  return made
}
