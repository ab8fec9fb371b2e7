import type { Static, TObject, TProperties } from 'typebox'
import { ERROR_CODES } from './errors.ts'
import Type from './type.ts'

/** The most that a request with work to do may take, in milliseconds; drivers and guards give up earlier. */
export const HANDLER_DEADLINE_MS = 5000

/** RFC 9457 problem details with the members of the HTTP contract. */
export const ProblemSchema = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: Type.Enum(ERROR_CODES),
    request_id: Type.String(),
    errors: Type.Optional(Type.Array(Type.Object({ field: Type.String(), detail: Type.String() }))),
    dependency: Type.Optional(Type.Enum(['postgres', 'redis', 'signing-keys', 'password-hashing'])),
  },
  { title: 'Problem' },
)

/** How problem details stand in the OpenAPI document: for every route, added when the document is made. */
export const ProblemResponse = {
  description: 'Problem details (RFC 9457)',
  content: { 'application/problem+json': { schema: ProblemSchema } },
}

export const NoContent = Type.Null({ description: 'Done' })

/** A request body: members that it does not name are refused. */
export function body<T extends TProperties>(properties: T) {
  return Type.Object(properties, { additionalProperties: false })
}

/** A request body that may be left out; then it is null. */
export function optionalBody<T extends TProperties>(properties: T) {
  return Type.Unsafe<Static<TObject<T>> | null>({ ...body(properties), type: ['object', 'null'] })
}

export const WithAccessToken = [{ accessToken: [] }]
export const WithAdminKey = [{ adminKey: [] }]
