import { createHash } from 'node:crypto'
import { type PublicJwk, PublicJwkSchema } from './jwk.ts'
import type { Ring } from './ring.ts'

/** How long consumers may cache the key set, in seconds; a planned next key is published for longer before it signs. */
export const JWKS_MAX_AGE_S = 300

/** The key set as it is sent: made once for each change of the ring. `etag` is quoted, strong (RFC 9110 section 8.8.3). */
export interface PreparedJwks {
  readonly body: string
  readonly etag: string
  /** How new the set is, for verifiers that ask one instance after the other: a dictionary of RFC 9651. */
  readonly stamp: string
}

const ORDER = { active: 0, next: 1, retired: 2 } as const

/** Always the same members in the same order: one key set has one ETag on every instance, whichever store it came from. */
function inOrder(jwk: PublicJwk): PublicJwk {
  const names = Object.keys(PublicJwkSchema.properties) as (keyof PublicJwk)[]
  return Object.fromEntries(names.flatMap((name) => (jwk[name] === undefined ? [] : [[name, jwk[name]]]))) as PublicJwk
}

/** RFC 7517 section 5: the public half of every key of the ring, the signing one first. */
export function prepareJwks(ring: Ring): PreparedJwks {
  const keys: PublicJwk[] = ring.keys
    .toSorted((a, b) => ORDER[a.state] - ORDER[b.state])
    .map((key) => inOrder(key.publicJwk))
  const body = JSON.stringify({ keys })
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`
  return { body, etag, stamp: `epoch=${ring.epoch}, version=${ring.version}` }
}
