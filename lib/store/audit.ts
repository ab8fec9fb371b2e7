import { checkpointMac, linkHash } from '../audit/chain.ts'
import type { AuditEvent, AuditType } from '../audit/event.ts'
import { dependencyUnavailable } from '../errors.ts'
import type { PostgresHandle, Row } from './postgres-handle.ts'

/** How often the head of the chain may move away under a batch. */
const MAX_ATTEMPTS = 50
const RETRY_MS = 1000
const PRUNE_ROWS = 1000

const FIELDS =
  'id, at, type, outcome, reason, actor, user_id, session_id, account, address, user_agent, request_id, details'
const TYPES = `seq bigint, id uuid, at timestamptz, type text, outcome text, reason text, actor text, user_id uuid,
  session_id uuid, account text, address text, user_agent text, request_id text, details text, hash text`

// One snapshot: were one of the events added after it, the head would have moved.
const HEAD = `
  SELECT seq, hash, ARRAY(SELECT id::text FROM audit_events WHERE id = ANY($1::uuid[])) AS known FROM audit_chain`
const LAST = `
  SELECT last.*, head.seq AS head_seq, head.hash AS head_hash, checkpoint_hash, checkpoint_mac, before.hash AS before_hash
  FROM audit_chain AS head
  LEFT JOIN audit_events AS last ON last.seq = head.seq
  LEFT JOIN audit_events AS before ON before.seq = head.seq - 1`
const APPEND = `
  moved AS (
    UPDATE audit_chain SET seq = $1::bigint, hash = $2::bytea
    WHERE seq = $3::bigint AND hash = $4::bytea AND (SELECT in_time FROM deadline) RETURNING true AS done),
  attempt AS (
    INSERT INTO audit_events (seq, ${FIELDS}, hash)
    SELECT r.seq, ${FIELDS}, decode(r.hash, 'hex') FROM moved, json_to_recordset($5::json) AS r(${TYPES})
    RETURNING true AS done)`
const PAGE = `
  SELECT seq, ${FIELDS} FROM audit_events
  WHERE seq > $1::bigint AND ($2::uuid IS NULL OR user_id = $2) AND ($3::text IS NULL OR type = $3)
  ORDER BY seq LIMIT $4`
const PREFIX = `
  WITH oldest AS (SELECT seq, at, hash FROM audit_events ORDER BY seq LIMIT ${PRUNE_ROWS}),
       kept AS (SELECT min(seq) AS seq FROM oldest WHERE at >= $1::timestamptz)
  SELECT oldest.seq, oldest.hash, (SELECT checkpoint_seq FROM audit_chain) AS before FROM oldest, kept
  WHERE kept.seq IS NULL OR oldest.seq < kept.seq ORDER BY oldest.seq DESC LIMIT 1`
// A function of the owner's: the role of the server may add events, and delete none by itself.
const PRUNE = `
  attempt AS (
    SELECT pruned AS done FROM deadline, prune_audit_events($1::bigint, $2::bytea, $3::bytea, $4::bigint) AS pruned
    WHERE in_time)`

export interface StoredAuditEvent extends AuditEvent {
  /** Its place in the chain. */
  readonly seq: number
}

export interface AuditFilter {
  /** Only events behind this place. */
  readonly after: number
  readonly userId: string | null
  readonly type: AuditType | null
}

/** One row as the driver gives it. */
export interface AuditRow extends Row, Omit<AuditEvent, 'at'> {
  seq: string
  at: Date
}

interface Ends extends Row {
  readonly head_seq: string
  readonly head_hash: Buffer
  readonly checkpoint_hash: Buffer
  readonly checkpoint_mac: Buffer | null
  readonly before_hash: Buffer | null
}
/** The last row and how the chain ends; the row is not there when all were deleted. */
type LastRow = Ends & (AuditRow | { seq: null })

export function toStoredEvent(row: AuditRow): StoredAuditEvent {
  return { ...row, seq: Number(row.seq), at: row.at.toISOString() }
}

/** The audit log in Postgres: one chain, however many instances add to it. */
export class AuditStore {
  readonly #postgres: Pick<PostgresHandle, 'read' | 'write'>
  readonly #key: Buffer
  #seq = 0

  /** @param key of the chain, see `auditKeys` */
  constructor(postgres: Pick<PostgresHandle, 'read' | 'write'>, key: Buffer) {
    this.#postgres = postgres
    this.#key = key
  }

  /** Where the chain ended when this instance last added to it. */
  get seq(): number {
    return this.#seq
  }

  /**
   * Adds events in their order, each once: one that is there already, from an attempt whose answer was lost, is left out.
   * The head of the chain moves by compare-and-set, in the same step as the rows are added, so no lock outlives a
   * statement and an instance that is frozen holds nobody up.
   */
  async append(events: readonly AuditEvent[]): Promise<void> {
    const ids = events.map(({ id }) => id)
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const [head] = await this.#postgres.read<{ seq: string; hash: Buffer; known: string[] }>(HEAD, [ids])
      if (head === undefined) throw new Error('the audit chain has no head')
      const known = new Set(head.known)
      let [seq, hash] = [Number(head.seq), head.hash]
      const rows = events.flatMap((event) => {
        if (known.has(event.id)) return []
        known.add(event.id)
        seq += 1
        hash = linkHash(this.#key, hash, seq, event)
        return [{ seq, ...event, hash: hash.toString('hex') }]
      })
      const values = [seq, hash, head.seq, head.hash, JSON.stringify(rows)]
      if (rows.length > 0 && (await this.#postgres.write(APPEND, values)).length === 0) continue
      this.#seq = seq
      return
    }
    throw dependencyUnavailable('postgres', RETRY_MS, new Error('the audit chain moved on all the time'))
  }

  /**
   * Whether the chain ends with what this key has made, so that a row under it does not break the chain. Of a chain in
   * which there was no row yet nobody can tell: it fits.
   */
  async fits(): Promise<boolean> {
    const [last] = await this.#postgres.read<LastRow>(LAST, [])
    if (last === undefined) throw new Error('the audit chain has no head')
    const { head_seq, head_hash, checkpoint_hash, checkpoint_mac, before_hash } = last
    if (head_seq === '0') return true
    if (last.seq === null) {
      return checkpoint_mac !== null && checkpointMac(this.#key, Number(head_seq), head_hash).equals(checkpoint_mac)
    }
    return linkHash(this.#key, before_hash ?? checkpoint_hash, Number(head_seq), toStoredEvent(last)).equals(head_hash)
  }

  /** Events in the order of the chain, at most `limit`. */
  async page({ after, userId, type }: AuditFilter, limit: number): Promise<StoredAuditEvent[]> {
    return (await this.#postgres.read<AuditRow>(PAGE, [after, userId, type, limit])).map(toStoredEvent)
  }

  /**
   * Deletes the oldest events, at most a thousand: a prefix of the chain without an event of `before` or later. What it
   * ended with stays as a checkpoint, from which the rest still verifies.
   *
   * @returns how many
   */
  async prune(before: Date): Promise<number> {
    const [last] = await this.#postgres.read<{ seq: string; hash: Buffer; before: string }>(PREFIX, [before])
    if (last === undefined) return 0
    const mac = checkpointMac(this.#key, Number(last.seq), last.hash)
    return (await this.#postgres.write(PRUNE, [last.seq, last.hash, mac, last.before])).length
  }
}
