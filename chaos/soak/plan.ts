import type { Static } from 'typebox'
import Type from '../../lib/type.ts'
import { seconds } from '../report/format.ts'

/** The auth servers of a soak, behind one balancer. */
export const INSTANCES = ['auth-1', 'auth-2'] as const

/** What can happen to the process or the settings of a dependency. */
export const SERVER_KINDS = {
  postgres: ['stopped', 'killed', 'frozen', 'read-only', 'out of connections'],
  redis: ['stopped', 'killed', 'frozen', 'read-only', 'out of memory'],
} as const

/** What can happen on the way to a dependency, for all instances or for one alone. */
export const NETWORK_KINDS = ['black-holed', 'refused', 'reset on every call', 'latency', 'lost reply'] as const

/**
 * What can happen to one instance. Cut off: its calls to both dependencies are swallowed, those of the others are not.
 */
export const INSTANCE_KINDS = ['killed', 'restarted', 'cut off'] as const

/** What people do: not faults, and over at once. */
export const DEED_KINDS = ['rotate', 'revoke all', 'logout burst'] as const

const KINDS = [...SERVER_KINDS.postgres, ...SERVER_KINDS.redis, ...NETWORK_KINDS, ...INSTANCE_KINDS, ...DEED_KINDS]

const Milliseconds = Type.Integer({ minimum: 0 })

/** One thing that happens. Times are milliseconds since the disturbed part of its episode began. */
export const DisturbanceSchema = Type.Object(
  {
    id: Type.String(),
    at: Milliseconds,
    /** From when it holds until it is healed; 0 for a deed. */
    lasts: Milliseconds,
    kind: Type.Enum([...new Set(KINDS)]),
    target: Type.Enum(['postgres', 'redis', ...INSTANCES, 'keys', 'clients']),
    /** The one instance whose way to the dependency is meant; without it everybody's. */
    link: Type.Optional(Type.Enum([...INSTANCES])),
    /** Of a latency. */
    ms: Type.Optional(Milliseconds),
    /** Of a burst. */
    count: Type.Optional(Type.Integer({ minimum: 1 })),
  },
  { additionalProperties: false },
)
export type Disturbance = Static<typeof DisturbanceSchema>

const Rates = Type.Unsafe<Record<string, number>>({
  type: 'object',
  additionalProperties: Type.Number({ minimum: 0 }),
})

/** From `at` on clients do this, in operations per second. */
export const LoadStepSchema = Type.Object(
  { at: Milliseconds, mood: Type.String(), mix: Rates },
  { additionalProperties: false },
)
export type LoadStep = Static<typeof LoadStepSchema>

/** A minute or two of faults under load, healed, audited and judged at its end. */
export const EpisodeSchema = Type.Object(
  {
    number: Type.Integer({ minimum: 1 }),
    /** Of the gaps between clients, and of the choice among them. */
    seed: Type.Integer(),
    /** Length of the disturbed part. */
    ms: Milliseconds,
    load: Type.Array(LoadStepSchema),
    disturbances: Type.Array(DisturbanceSchema),
  },
  { additionalProperties: false },
)
export type Episode = Static<typeof EpisodeSchema>

/** Everything that a soak decides before it begins; the same seed and minutes give the same plan everywhere. */
export const PlanSchema = Type.Object(
  {
    version: Type.Literal(1),
    seed: Type.Integer(),
    minutes: Type.Number({ exclusiveMinimum: 0 }),
    episodes: Type.Array(EpisodeSchema, { minItems: 1 }),
  },
  { additionalProperties: false },
)
export type Plan = Static<typeof PlanSchema>

/** `redis frozen for 4.1 s`, `postgres 500 ms latency for auth-2, for 1.0 s`, `revoke all`. */
export function describe({ kind, target, link, ms, count, lasts }: Disturbance): string {
  if (target === 'keys') return kind
  if (target === 'clients') return `${kind}: ${count}`
  const what = kind === 'latency' ? `${ms} ms latency` : kind
  const whose = link === undefined ? '' : ` for ${link},`
  return `${target} ${what}${whose} for ${seconds(lasts)}`
}

/** The same with its time: a line for the terminal. */
export function describeAt(atMs: number, disturbance: Disturbance): string {
  return `  ${seconds(atMs).padStart(7)}  ${describe(disturbance)}`
}

/** Whether it breaks something; a deed does not. */
export function isFault({ target }: Disturbance): boolean {
  return target !== 'keys' && target !== 'clients'
}
