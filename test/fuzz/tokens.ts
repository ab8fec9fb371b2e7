import fc, { type Arbitrary } from 'fast-check'
import { expectFit } from './answers.ts'
import type { Property } from './property.ts'
import { anyText } from './schemas.ts'
import type { FuzzWorld } from './world.ts'

/** A change of a text that is a token; it may give the same text again. */
type Mutation = (token: string) => string

const BASE64URL = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_']
const place = fc.nat({ max: 1_000_000 })
const at = (text: string, number: number) => number % (text.length + 1)

const ofText: Arbitrary<Mutation> = fc.oneof(
  fc.tuple(place, fc.constantFrom(...BASE64URL)).map(([n, c]) => (text: string) => {
    const i = at(text, n)
    return text.slice(0, i) + c + text.slice(i + 1)
  }),
  fc.tuple(place, fc.oneof(fc.constantFrom(...BASE64URL, '.', '=', '+', '/', ' ', '\n', '\0', '%'), anyText)).map(
    ([n, inserted]) =>
      (text: string) =>
        text.slice(0, at(text, n)) + inserted + text.slice(at(text, n)),
  ),
  fc.tuple(place, place).map(
    ([n, m]) =>
      (text: string) =>
        text.slice(0, at(text, n)) + text.slice(at(text, m)),
  ),
  place.map((n) => (text: string) => {
    const i = at(text, n)
    const c = text[i] ?? ''
    return text.slice(0, i) + (c === c.toUpperCase() ? c.toLowerCase() : c.toUpperCase()) + text.slice(i + 1)
  }),
  fc.tuple(place, place).map(
    ([n, m]) =>
      (text: string) =>
        text + text.slice(at(text, n), at(text, m)),
  ),
  anyText.map((text) => () => text),
)

/** Changes of the header or the claims of a JWS, which keep its signature or drop it. */
const ofParts: Arbitrary<Mutation> = fc
  .record({
    part: fc.constantFrom(0, 1),
    name: fc.constantFrom(
      'alg',
      'kid',
      'typ',
      'crit',
      'jwk',
      'jku',
      'iss',
      'aud',
      'sub',
      'exp',
      'iat',
      'nbf',
      'sid',
      'roles',
    ),
    value: fc.oneof(fc.jsonValue(), anyText, fc.constantFrom('none', 'HS256', 'RS256', 'ES256', 0, 1e308, null, [])),
    signature: fc.constantFrom('kept', 'empty', 'zero'),
  })
  .map(({ part, name, value, signature }) => (token: string) => {
    const parts = token.split('.')
    const decoded = JSON.parse(Buffer.from(parts[part] ?? '', 'base64url').toString())
    parts[part] = Buffer.from(JSON.stringify({ ...decoded, [name]: value })).toString('base64url')
    if (signature !== 'kept') parts[2] = signature === 'empty' ? '' : Buffer.alloc(64).toString('base64url')
    return parts.join('.')
  })

/** Changes of the bytes of a refresh token. */
const ofBytes: Arbitrary<Mutation> = fc
  .tuple(place, fc.integer({ min: 1, max: 255 }))
  .map(([n, mask]) => (token: string) => {
    const bytes = Buffer.from(token.slice(4), 'base64url')
    const i = n % bytes.length
    bytes[i] = (bytes[i] ?? 0) ^ mask
    return `tfr_${bytes.toString('base64url')}`
  })

const several = (one: Arbitrary<Mutation>) =>
  fc
    .array(one, { minLength: 1, maxLength: 3 })
    .map((all) => (text: string) => all.reduce((so, mutate) => mutate(so), text))

/** A mutated token, unless it came out as the token that it was. */
async function refused(world: FuzzWorld, token: string, changed: string, code: string, ask: (text: string) => object) {
  if (changed === token) return
  const answer = await world.inject({
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    ...ask(changed),
  })
  expectFit(answer)
  if (answer.status !== 401 || answer.body.code !== code) {
    throw new Error(`${answer.status} ${JSON.stringify(answer.body)} for ${JSON.stringify(changed)}`)
  }
}

const access: Property = {
  name: 'a real access token, changed in its text or its parts, is refused wherever it is taken',
  share: 0.15,
  make: (world) =>
    fc.asyncProperty(
      fc.oneof(several(ofText), ofParts),
      fc.constantFrom('body', 'header', 'me'),
      async (mutate, where) => {
        const { access_token: token } = await world.session()
        const changed = mutate(token)
        const inHeader = changed.replace(/[^\x21-\x7e]/g, '')
        if (where === 'body') {
          return refused(world, token, changed, 'invalid_token', (text) => ({
            url: '/auth/verify',
            payload: { token: text },
          }))
        }
        const url = where === 'me' ? '/auth/me' : '/auth/verify'
        return refused(world, token, inHeader, 'invalid_token', (text) => ({
          method: 'GET',
          url,
          headers: { authorization: `Bearer ${text}` },
        }))
      },
    ) as never,
}

const refresh: Property = {
  name: 'a real refresh token, changed in its text or its bytes, is refused wherever it is taken',
  share: 0.1,
  make: (world) =>
    fc.asyncProperty(
      fc.oneof(several(ofText), ofBytes),
      fc.constantFrom('/auth/refresh', '/auth/logout'),
      async (mutate, url) => {
        const { refresh_token: token } = await world.session()
        const ask = (refresh_token: string) => ({ url, payload: { refresh_token } })
        return refused(world, token, mutate(token), 'invalid_refresh_token', ask)
      },
    ) as never,
}

export const tokens: readonly Property[] = [access, refresh]
