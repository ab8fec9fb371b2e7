import pg from 'pg'
import { type ChainRow, type ChainVerdict, verifyChain } from '../audit/verify-chain.ts'
import { type AuditRow, toStoredEvent } from './audit.ts'

const CONNECT_TIMEOUT_MS = 5_000
const QUERY_TIMEOUT_MS = 60_000
const PAGE_ROWS = 1000
const ENDS = 'SELECT seq, hash, checkpoint_seq, checkpoint_hash, checkpoint_mac FROM audit_chain'
const PAGE = `SELECT * FROM audit_events WHERE seq > $1 ORDER BY seq LIMIT ${PAGE_ROWS}`
/** Before every place, also a made-up one. */
const BEFORE_ALL = '-9223372036854775808'

/** What was checked: the verdict, and the end of the chain, to be compared with what was written down elsewhere. */
export interface AuditCheck extends ChainVerdict {
  readonly seq: number
  readonly hash: string
}

/**
 * Checks the whole audit log of a database, in one snapshot, beside servers at work.
 *
 * @param key of the chain, see `auditKeys`
 * @throws Error when Postgres can't be reached, or holds no audit log
 */
export async function checkAuditLog(databaseUrl: string, key: Buffer): Promise<AuditCheck> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: QUERY_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    application_name: 'tokenforge-audit',
  })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    const [head] = (await client.query(ENDS)).rows
    if (head === undefined) throw new Error('the audit chain has no head')
    const ends = {
      seq: Number(head.seq),
      hash: head.hash,
      checkpointSeq: Number(head.checkpoint_seq),
      checkpointHash: head.checkpoint_hash,
      checkpointMac: head.checkpoint_mac,
    }
    const verdict = await verifyChain(key, ends, rowsOf(client))
    return { ...verdict, seq: ends.seq, hash: ends.hash.toString('hex') }
  } finally {
    await client.end().catch(() => {})
  }
}

async function* rowsOf(client: pg.Client): AsyncGenerator<ChainRow> {
  let after: string | undefined = BEFORE_ALL
  while (after !== undefined) {
    const { rows }: pg.QueryResult<AuditRow & { hash: Buffer }> = await client.query(PAGE, [after])
    for (const row of rows) yield { seq: Number(row.seq), hash: row.hash, event: toStoredEvent(row) }
    after = rows.at(-1)?.seq
  }
}
