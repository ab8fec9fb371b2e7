import type { Static } from 'typebox'
import Type from './type.ts'

const Capability = Type.Enum(['ok', 'unavailable'])

export const CapabilitiesSchema = Type.Object({
  register: Capability,
  login: Capability,
  refresh: Capability,
  verify: Capability,
  logout: Capability,
})

/** What this instance can do now, so that a front end can say "sign-in is paused, you stay signed in". */
export type Capabilities = Static<typeof CapabilitiesSchema>

/** What there is to do it with. `signing` and `verifying`: the key ring can be used for it. */
export interface Means {
  /** It answers. */
  readonly postgres: boolean
  /** It takes writes. */
  readonly writable: boolean
  readonly redis: boolean
  readonly signing: boolean
  readonly verifying: boolean
}

/** Which capabilities the dependencies leave: the failure matrix of the design. */
export function capabilitiesOf({ postgres, writable, redis, signing, verifying }: Means): Capabilities {
  const word = (can: boolean) => (can ? 'ok' : 'unavailable')
  return {
    register: word(postgres && writable),
    login: word(postgres && redis && signing),
    refresh: word(redis && signing),
    verify: word(verifying),
    logout: word(verifying && (redis || (postgres && writable))),
  }
}
