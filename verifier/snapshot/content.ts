import type { KeyHistory } from '../keys/key-keeper.ts'
import { type KeySet, readKeySet } from '../keys/key-set.ts'
import type { Settings } from '../settings.ts'

const VERSION = 1

/** What a verifier knows, as it can be kept on disk. Times are milliseconds since the epoch; null is never. */
export interface SnapshotContent extends KeyHistory {
  readonly keysConfirmedAt: number | null
  readonly revocationsConfirmedAt: number | null
  readonly cursor: string | null
  readonly keys: readonly Readonly<Record<string, string>>[]
  /** Session and when its last token expires. */
  readonly revoked: readonly (readonly [sessionId: string, expiresAt: number])[]
}

export type Snapshot = Omit<SnapshotContent, 'keys'> & { readonly keys: KeySet }

/** Whose keys they are: a snapshot of another issuer must not be believed. */
type Origin = Pick<Settings, 'issuer' | 'jwksUri'>

export function writeSnapshot(content: SnapshotContent, { issuer, jwksUri }: Origin): string {
  return `${JSON.stringify({ version: VERSION, issuer: issuer ?? null, jwksUri: jwksUri ?? null, ...content })}\n`
}

/** @throws Error when it is broken, or of another issuer */
export async function readSnapshot(text: string, settings: Origin & Pick<Settings, 'algorithms'>): Promise<Snapshot> {
  const parsed: unknown = JSON.parse(text)
  const value = (parsed ?? {}) as Record<string, unknown>
  if (value.version !== VERSION) throw new Error('the snapshot is of another version')
  const isOurs = value.issuer === (settings.issuer ?? null) && value.jwksUri === (settings.jwksUri ?? null)
  if (!isOurs) throw new Error('the snapshot is of another issuer')
  const { keysConfirmedAt, revocationsConfirmedAt, epoch, voidKids, cursor, keys, revoked } = value
  const isWhole =
    [keysConfirmedAt, revocationsConfirmedAt, epoch].every(isNumberOrNull) &&
    (cursor === null || typeof cursor === 'string') &&
    Array.isArray(keys) &&
    Array.isArray(voidKids) &&
    voidKids.every((kid) => typeof kid === 'string') &&
    Array.isArray(revoked) &&
    revoked.every(isRevoked)
  if (!isWhole) throw new Error('the snapshot is broken')
  const content = value as unknown as SnapshotContent
  const isEmpty = content.keys.length === 0
  return { ...content, keys: isEmpty ? new Map() : await readKeySet(JSON.stringify({ keys }), settings.algorithms) }
}

function isNumberOrNull(value: unknown): boolean {
  return value === null || typeof value === 'number'
}

function isRevoked(value: unknown): boolean {
  return Array.isArray(value) && typeof value[0] === 'string' && typeof value[1] === 'number'
}
