import { checkerOf } from '../checker.ts'
import { digestOf, type Ring, RingBeganSchema, RingKeySchema, type RingStamp } from '../keys/ring.ts'
import Type from '../type.ts'

/** What a store tells of its ring without giving it: enough to see whether it is older, newer or another one. */
export interface RingHead extends RingStamp {
  /** See `digestOf`. */
  readonly digest: string
}

/** A place where the ring is kept. Each call throws AppError `dependency_unavailable` when it can't be reached. */
export interface KeyRingStore {
  readonly name: 'redis' | 'postgres'
  load(): Promise<Ring | null>
  /** Writes the ring when it is newer than the stored one, in one atomic step; false when it is not. */
  putIfNewer(ring: Ring): Promise<boolean>
}

const isDocument = checkerOf(
  Type.Object({
    epoch: Type.Number(),
    sessionEpoch: Type.Number(),
    version: Type.Number(),
    keys: Type.Array(RingKeySchema),
    began: Type.Optional(RingBeganSchema),
  }),
)

/** Reads a stored ring. Throws when it is damaged. */
export function parseRing(document: unknown): Ring {
  if (!isDocument(document)) throw new Error('the stored key ring is damaged')
  return document
}

export function headOf(ring: Ring): RingHead {
  const { epoch, sessionEpoch, version } = ring
  return { epoch, sessionEpoch, version, digest: digestOf(ring) }
}
