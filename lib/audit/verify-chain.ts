import { checkpointMac, GENESIS, linkHash } from './chain.ts'
import type { AuditEvent } from './event.ts'

/** One row of the log, its place and its hash. */
export interface ChainRow {
  readonly seq: number
  readonly hash: Buffer
  readonly event: AuditEvent
}

/** Where the chain ends, and the last row that was deleted at its beginning. */
export interface ChainEnds {
  readonly seq: number
  readonly hash: Buffer
  readonly checkpointSeq: number
  readonly checkpointHash: Buffer
  readonly checkpointMac: Buffer | null
}

/** `broken`: the first place at which the chain does not hold; `id` is null when there is no row. */
export interface ChainVerdict {
  readonly rows: number
  readonly broken: { readonly seq: number; readonly id: string | null; readonly why: string } | null
}

/**
 * Checks that no row was changed, taken out or put in.
 *
 * @param rows by ascending `seq`, read in one snapshot with `ends`
 */
export async function verifyChain(key: Buffer, ends: ChainEnds, rows: AsyncIterable<ChainRow>): Promise<ChainVerdict> {
  let [seq, hash, count] = [ends.checkpointSeq, ends.checkpointHash, 0]
  const broken = (at: number, id: string | null, why: string) => ({ rows: count, broken: { seq: at, id, why } })
  if (!isCheckpoint(key, ends)) return broken(seq, null, 'the checkpoint was not made by the server')
  for await (const row of rows) {
    const { id } = row.event
    if (row.seq <= seq) return broken(row.seq, id, 'the row stands before the beginning of the chain')
    if (row.seq > seq + 1) return broken(seq + 1, null, `the row is missing; the next one is ${row.seq}`)
    if (!linkHash(key, hash, row.seq, row.event).equals(row.hash)) {
      return broken(row.seq, id, 'the row was changed or put in, or is not the one that followed the row before')
    }
    ;[seq, hash] = [row.seq, row.hash]
    count += 1
  }
  if (seq < ends.seq) return broken(seq + 1, null, `the rows up to ${ends.seq} are missing`)
  if (seq > ends.seq || !hash.equals(ends.hash)) return broken(seq, null, 'the chain does not end where its head says')
  return { rows: count, broken: null }
}

function isCheckpoint(
  key: Buffer,
  { checkpointSeq: seq, checkpointHash: hash, checkpointMac: mac }: ChainEnds,
): boolean {
  if (seq === 0) return hash.equals(GENESIS)
  return mac !== null && checkpointMac(key, seq, hash).equals(mac)
}
