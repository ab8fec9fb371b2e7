import type { Static } from 'typebox'
import Type from '../type.ts'

/** What a login and a refresh answer. Durations are whole seconds. */
export const TokenAnswerSchema = Type.Object(
  {
    access_token: Type.String(),
    token_type: Type.Literal('Bearer'),
    expires_in: Type.Integer(),
    refresh_token: Type.String(),
    refresh_expires_in: Type.Integer(),
    session_id: Type.String({ format: 'uuid' }),
  },
  { title: 'TokenAnswer' },
)
export type TokenAnswer = Static<typeof TokenAnswerSchema>
