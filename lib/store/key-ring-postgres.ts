import type { Ring } from '../keys/ring.ts'
import { headOf, type KeyRingStore, parseRing } from './key-ring-store.ts'
import type { PostgresHandle } from './postgres-handle.ts'

const LOAD = 'SELECT document FROM key_ring'

const PUT = `
  attempt AS (
    INSERT INTO key_ring (epoch, session_epoch, version, digest, document)
    SELECT $1::int, $2::int, $3::int, $4::text, $5::jsonb WHERE (SELECT in_time FROM deadline)
    ON CONFLICT (singleton) DO UPDATE
    SET epoch = EXCLUDED.epoch, session_epoch = EXCLUDED.session_epoch, version = EXCLUDED.version,
        digest = EXCLUDED.digest, document = EXCLUDED.document, updated_at = now()
    WHERE (key_ring.epoch, key_ring.session_epoch, key_ring.version)
        < (EXCLUDED.epoch, EXCLUDED.session_epoch, EXCLUDED.version)
    RETURNING true AS done)`

/** The ring in Postgres: durable, and read when Redis is down or came back empty. */
export class PostgresKeyRingStore implements KeyRingStore {
  readonly name = 'postgres'
  readonly #postgres: PostgresHandle

  constructor(postgres: PostgresHandle) {
    this.#postgres = postgres
  }

  async load(): Promise<Ring | null> {
    const [row] = await this.#postgres.read<{ document: unknown }>(LOAD, [])
    return row === undefined ? null : parseRing(row.document)
  }

  async putIfNewer(ring: Ring): Promise<boolean> {
    const { epoch, sessionEpoch, version, digest } = headOf(ring)
    const document = JSON.stringify(ring)
    const values = [epoch, sessionEpoch, version, digest, document]
    const rows = await this.#postgres.write(PUT, values)
    return rows.length === 1
  }
}
