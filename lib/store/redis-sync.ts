import { idTime } from '../auth/ids.ts'
import type { RevocationEvent } from '../auth/revocation-log.ts'
import { MIN_ABSENCE_MS, type TimeSpan } from '../resilience/absence.ts'
import type { RingHead } from './key-ring-store.ts'
import { IncompleteReply, loadScript, type RedisHandle } from './redis-handle.ts'
import { ISSUED_KEY, REVOCATIONS_KEY, RING_KEY, STORE_KEY } from './shared-keys.ts'

const sync = loadScript('sync', {
  keys: 4,
  bounded: false,
  probe: true,
  problemOf: (reply) => (reply as SyncAnswer)[6],
})
const announce = loadScript('announce')
const issued = loadScript('issued', { bounded: false })
const MAX_EVENTS = 1000

/** What one look at the shared part of Redis shows. Times are milliseconds since the epoch, by the clock of Redis. */
export interface RedisNews {
  readonly now: number
  /** Changes when Redis has lost its data. */
  readonly mark: string
  /** When the mark was made, and Redis had no data. */
  readonly began: number
  /** When no instance was in touch with Redis, the last time. */
  readonly away: TimeSpan
  readonly head: RingHead | null
  readonly events: readonly { readonly cursor: string; readonly event: RevocationEvent }[]
  /** False when there were more events than one look returns. */
  readonly complete: boolean
}

type SyncAnswer = [
  now: number,
  mark: string,
  head: (string | null)[],
  events: [string, string[]][],
  awayFrom: number,
  awayTo: number,
  problem: string | null,
]

/** The events that a look has shown although the server took no writes; none for any other error. */
export function eventsDespite(error: unknown): RedisNews['events'] {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof IncompleteReply ? eventsFrom(cause.reply as SyncAnswer) : []
}

/** The part of Redis that all instances share: the head of the ring and the stream of revocations. */
export class RedisSyncStore {
  readonly #redis: RedisHandle
  readonly #retentionMs: number
  readonly #joinMs: number

  /**
   * @param retentionMs life of an access token: how long the stream keeps an event
   * @param joinMs an absence that begins so soon after the one before continues it
   */
  constructor(redis: RedisHandle, retentionMs: number, joinMs = 0) {
    this.#redis = redis
    this.#retentionMs = retentionMs
    this.#joinMs = joinMs
  }

  /**
   * @param position the last event that was seen
   * @param newMark a UUIDv7 that marks the store from now on when it has no mark
   * @param issuedTokens access tokens that this instance has signed since the last look
   */
  async pull(position: string, newMark: string, issuedTokens: number): Promise<RedisNews> {
    const keys = [RING_KEY, REVOCATIONS_KEY, STORE_KEY, ISSUED_KEY]
    const args = [position, newMark, MAX_EVENTS, issuedTokens, this.#retentionMs, MIN_ABSENCE_MS, this.#joinMs]
    const answer = await this.#redis.run(sync, keys, args)
    const [now, mark, head, { length }, from, to] = answer as SyncAnswer
    return {
      now,
      mark,
      began: idTime(mark),
      away: { from, to },
      head: headFrom(head),
      events: eventsFrom(answer as SyncAnswer),
      complete: length < MAX_EVENTS,
    }
  }

  /** How many access tokens, of all instances, can be valid at most. */
  async outstandingTokens(): Promise<number> {
    return (await this.#redis.run(issued, [ISSUED_KEY], [this.#retentionMs])) as number
  }

  /** Tells every instance that sessions were revoked. `expiresAt`: when their last access token has expired, in ms. */
  async announce(sessionIds: readonly string[], expiresAt: number): Promise<void> {
    for (let i = 0; i < sessionIds.length; i += MAX_EVENTS) {
      const some = sessionIds.slice(i, i + MAX_EVENTS)
      await this.#redis.run(announce, [REVOCATIONS_KEY], [this.#retentionMs, expiresAt, ...some])
    }
  }
}

function eventsFrom([, , , events]: SyncAnswer): RedisNews['events'] {
  return events.flatMap(([cursor, fields]) => {
    const event = eventFrom(cursor, fields)
    return event === null ? [] : [{ cursor, event }]
  })
}

function headFrom([epoch, sessionEpoch, version, digest]: (string | null)[]): RingHead | null {
  if (epoch == null || digest == null) return null
  return { epoch: Number(epoch), sessionEpoch: Number(sessionEpoch), version: Number(version), digest }
}

function eventFrom(cursor: string, flat: string[]): RevocationEvent | null {
  const fields = new Map<string, string>()
  for (let i = 0; i + 1 < flat.length; i += 2) fields.set(flat[i] ?? '', flat[i + 1] ?? '')
  const at = new Date(Number(cursor.split('-')[0])).toISOString()
  const text = (name: string) => fields.get(name) ?? ''
  switch (fields.get('type')) {
    case 'session_revoked': {
      const expires_at = new Date(Number(text('expires_at'))).toISOString()
      return { type: 'session_revoked', session_id: text('session_id'), at, expires_at }
    }
    case 'keys_changed':
      return { type: 'keys_changed', epoch: Number(text('epoch')), version: Number(text('version')), at }
    default:
      return null
  }
}
