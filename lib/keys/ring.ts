import { createHash } from 'node:crypto'
import type { Static } from 'typebox'
import { SIGNING_ALGS } from '../config.ts'
import Type from '../type.ts'
import { PublicJwkSchema } from './jwk.ts'

/** One key of the ring as it is stored. Times are milliseconds since the epoch; a retired key has no `sealed` any more. */
export const RingKeySchema = Type.Object({
  kid: Type.String(),
  alg: Type.Enum([...SIGNING_ALGS]),
  state: Type.Enum(['next', 'active', 'retired']),
  publicJwk: PublicJwkSchema,
  sealed: Type.Union([Type.String(), Type.Null()]),
  createdAt: Type.Number(),
  activatedAt: Type.Union([Type.Number(), Type.Null()]),
  retiredAt: Type.Union([Type.Number(), Type.Null()]),
})
export type RingKey = Static<typeof RingKeySchema>

/** The order of rings: the higher epoch wins, then the higher session epoch, then the higher version. */
export interface RingStamp {
  /** Counts the emergencies: no key of an earlier epoch is accepted. */
  readonly epoch: number
  /** Counts the emergencies that ended the sessions too; the refresh-token MAC depends on it. */
  readonly sessionEpoch: number
  /** Counts every change. */
  readonly version: number
}

/** Marks of the emergencies with which the epoch and the session epoch began: tells those of one number apart. */
export const RingBeganSchema = Type.Object({ epoch: Type.String(), sessionEpoch: Type.String() })

export interface Ring extends RingStamp {
  readonly keys: readonly RingKey[]
  /** Missing until the first emergency. */
  readonly began?: Static<typeof RingBeganSchema>
}

/** A key that does not sign yet. */
export type NewKey = Pick<RingKey, 'kid' | 'alg' | 'publicJwk' | 'sealed'>

/** Positive when `a` is newer than `b`, 0 when they carry the same stamp. */
export function compareStamps(a: RingStamp, b: RingStamp): number {
  return a.epoch - b.epoch || a.sessionEpoch - b.sessionEpoch || a.version - b.version
}

export function stampOf({ epoch, sessionEpoch, version }: RingStamp): RingStamp {
  return { epoch, sessionEpoch, version }
}

export function activeKey(ring: Ring): RingKey | undefined {
  return ring.keys.find((key) => key.state === 'active')
}

export function nextKey(ring: Ring): RingKey | undefined {
  return ring.keys.find((key) => key.state === 'next')
}

/** The first ring: one key signs, the next is published with it. */
export function createRing(active: NewKey, next: NewKey, now: number): Ring {
  return { epoch: 1, sessionEpoch: 1, version: 1, keys: [activated(active, now, now), pending(next, now)] }
}

/** Planned rotation: the next key signs, the active one goes on verifying, and `next` is published. */
export function rotate(ring: Ring, next: NewKey, now: number): Ring {
  const promoted = nextKey(ring) ?? pending(next, now)
  const keys = ring.keys
    .filter((key) => key !== promoted)
    .map((key) => (key.state === 'active' ? retired(key, now) : key))
  const following = promoted.kid === next.kid ? [] : [pending(next, now)]
  return changed(ring, [activated(promoted, promoted.createdAt, now), ...following, ...keys])
}

/** Publishes another next key in the place of the one there was. */
export function replaceNext(ring: Ring, next: NewKey, now: number): Ring {
  return changed(ring, [...ring.keys.filter((key) => key.state !== 'next'), pending(next, now)])
}

/** The ring with its private keys sealed anew by `seal`; the same ring when it gives back what it was given. */
export function resealed(ring: Ring, seal: (kid: string, sealed: string) => string): Ring {
  const keys = ring.keys.map((key) => {
    const sealed = key.sealed === null ? null : seal(key.kid, key.sealed)
    return sealed === key.sealed ? key : { ...key, sealed }
  })
  return keys.every((key, i) => key === ring.keys[i]) ? ring : changed(ring, keys)
}

/** Emergency: every key goes, `active` signs at once; with `sessions` every refresh token is void too. */
export function revokeAll(ring: Ring, active: NewKey, sessions: boolean, now: number): Ring {
  return {
    epoch: ring.epoch + 1,
    sessionEpoch: ring.sessionEpoch + (sessions ? 1 : 0),
    version: ring.version + 1,
    keys: [activated(active, now, now)],
    began: { epoch: markOf(active), sessionEpoch: sessions ? markOf(active) : (ring.began?.sessionEpoch ?? '') },
  }
}

/** Drops the keys that retired more than `retirementMs` ago; the same ring when there is none. */
export function prune(ring: Ring, retirementMs: number, now: number): Ring {
  const keys = ring.keys.filter((key) => key.retiredAt === null || key.retiredAt + retirementMs > now)
  return keys.length === ring.keys.length ? ring : changed(ring, keys)
}

/**
 * One ring from two that may have changed apart, each in the one store that it could reach. Within an epoch a key that
 * either of them signed with goes on verifying, so that no token dies; across epochs the higher one wins outright.
 *
 * @param retirementMs how long a retired key verifies: one that retired before that is not brought back
 * @returns `a` or `b` itself when it holds all of the other
 */
export function join(a: Ring, b: Ring, retirementMs: number, now: number): Ring {
  const signer = (ring: Ring) => activeKey(ring)?.kid ?? ''
  const order = compareStamps(a, b) || compareText(signer(a), signer(b)) || compareText(digestOf(a), digestOf(b))
  const [newer, older] = order >= 0 ? [a, b] : [b, a]
  if (newer.epoch !== older.epoch) return newer
  const known = new Set(newer.keys.map((key) => key.kid))
  const orphans = older.keys.flatMap((key) => {
    if (known.has(key.kid) || key.state === 'next') return []
    if (key.retiredAt === null) return [retired(key, now)]
    return key.retiredAt + retirementMs > now ? [key] : []
  })
  const isTie = compareStamps(a, b) === 0 && order !== 0
  return orphans.length > 0 || isTie ? changed(newer, [...newer.keys, ...orphans]) : newer
}

/** Which keys a ring holds, in which state: two rings with one stamp may still differ. 22 characters. */
export function digestOf(ring: Ring): string {
  const keys = ring.keys.map(({ kid, state }) => `${state} ${kid}`).toSorted()
  return createHash('sha256').update(keys.join()).digest('base64url').slice(0, 22)
}

/** Made from the key that an emergency signs with, but not its id: of a key that goes nothing stays in the ring. */
function markOf({ kid }: NewKey): string {
  return createHash('sha256').update(kid).digest('base64url').slice(0, 22)
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

function changed(ring: Ring, keys: readonly RingKey[]): Ring {
  return { ...ring, version: ring.version + 1, keys }
}

function pending(key: NewKey, now: number): RingKey {
  return { ...key, state: 'next', createdAt: now, activatedAt: null, retiredAt: null }
}

function activated(key: NewKey, createdAt: number, now: number): RingKey {
  return { ...key, state: 'active', createdAt, activatedAt: now, retiredAt: null }
}

function retired(key: RingKey, now: number): RingKey {
  return { ...key, state: 'retired', sealed: null, retiredAt: now }
}
