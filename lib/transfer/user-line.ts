import type { Static } from 'typebox'
import { canonicalEmail } from '../auth/email.ts'
import { UnusableHash } from '../auth/foreign-hash.ts'
import { newId } from '../auth/ids.ts'
import { RolesSchema } from '../auth/roles.ts'
import { checkerOf } from '../checker.ts'
import { AppError } from '../errors.ts'
import Type from '../type.ts'
import { toStoredHash } from './stored-hash.ts'

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/
const TimeSchema = Type.String({ pattern: TIME.source })

/** A line of an import or an export, as JSON. Times are RFC 3339. */
export const UserLineSchema = Type.Object(
  {
    email: Type.String(),
    /** Of this system or another, see `toStoredHash`. */
    password_hash: Type.String({ maxLength: 1024 }),
    /** Any UUID; made anew when it is missing. */
    id: Type.Optional(Type.String({ pattern: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$' })),
    roles: Type.Optional(RolesSchema),
    disabled_at: Type.Optional(Type.Union([TimeSchema, Type.Null()])),
    created_at: Type.Optional(TimeSchema),
  },
  { additionalProperties: false },
)
export type UserLine = Static<typeof UserLineSchema>

/** An account as it is written to Postgres. */
export interface NewAccount {
  readonly id: string
  readonly email: string
  readonly password_hash: string
  readonly roles: readonly string[]
  readonly disabled_at: string | null
  readonly created_at: string
}

/** Why a line is no account, in words that name no value of it. */
export class RefusedLine extends Error {}

const isUserLine = checkerOf(UserLineSchema)

/**
 * The account that a line tells of.
 *
 * @param now milliseconds since the epoch, for what has no time of its own
 * @throws RefusedLine
 */
export function parseUserLine(text: string, now: number): NewAccount {
  const { email, password_hash: hash, id, roles = [], disabled_at: disabled = null, created_at: created } = read(text)
  const createdAt = created === undefined ? now : timeOf('created_at', created, now)
  return {
    id: id?.toLowerCase() ?? newId(createdAt),
    email: checked(() => canonicalEmail(email)),
    password_hash: checked(() => toStoredHash(hash).stored),
    roles,
    disabled_at: disabled === null ? null : new Date(timeOf('disabled_at', disabled, now)).toISOString(),
    created_at: new Date(createdAt).toISOString(),
  }
}

function read(text: string): UserLine {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new RefusedLine('is not JSON')
  }
  if (isUserLine(value)) return value
  const { keyword, instancePath = '', params, message } = isUserLine.errors?.[0] ?? {}
  const unknown = keyword === 'additionalProperties' ? String(params?.additionalProperty) : undefined
  const field = unknown ?? instancePath.slice(1).replaceAll('/', '.')
  const reason = unknown === undefined ? message : 'is no member of an account'
  throw new RefusedLine(`${field === '' ? '' : `${field}: `}${reason}`)
}

function timeOf(field: string, text: string, now: number): number {
  const time = Date.parse(text)
  if (!(time >= 0 && time <= now)) throw new RefusedLine(`${field}: must be a time from 1970 until now`)
  return time
}

function checked<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof UnusableHash) throw new RefusedLine(`password_hash: ${error.message}`)
    if (error instanceof AppError) throw new RefusedLine('email: must be an email address')
    /* c8 ignore next 2: a bug */
    throw error
  }
}
