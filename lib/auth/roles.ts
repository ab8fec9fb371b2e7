import Type from '../type.ts'

const MAX_ROLES = 32

/** The roles of a user. They stand in every access token and, joined by commas, in a header: few, short, harmless. */
export const RolesSchema = Type.Array(Type.String({ pattern: '^[A-Za-z0-9._:/-]{1,64}$' }), {
  maxItems: MAX_ROLES,
  uniqueItems: true,
})
