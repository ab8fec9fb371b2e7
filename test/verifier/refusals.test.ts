import t from 'tap'
import { fakeClock } from '../fixtures/fake-clock.ts'
import { newKey, startStubIssuer } from './stub-issuer.ts'
import { startVerifier, verdictOf } from './verifiers.ts'

// Every token here is signed by a key of the issuer, unless it is said otherwise.

const issuer = await startStubIssuer(t)
const verifier = startVerifier(t, issuer.options)
await verifier.ready()
const now = Math.floor(Date.now() / 1000)

t.test('a good token is accepted', async (t) => {
  t.equal(await verdictOf(verifier, await issuer.token()), 'valid')
  t.equal(await verdictOf(verifier, await issuer.token({ header: { typ: 'application/at+jwt' } })), 'valid')
  t.equal(
    await verdictOf(verifier, await issuer.token({ claims: { aud: ['other', issuer.options.audience] } })),
    'valid',
  )
  t.equal(await verdictOf(verifier, await issuer.token({ claims: { nbf: now, scope: 'read', extra: [1] } })), 'valid')
})

const headers: Record<string, [header: object, reason: string]> = {
  'an ID token': [{ typ: 'JWT' }, 'wrong_type'],
  'no type': [{ typ: undefined }, 'wrong_type'],
  'a refresh token': [{ typ: 'rt+jwt' }, 'wrong_type'],
  'no key id': [{ kid: undefined }, 'malformed'],
  'an empty key id': [{ kid: '' }, 'malformed'],
  'a key id that is no text': [{ kid: ['key'] }, 'malformed'],
  'a key id that is a path': [{ kid: '../../etc/passwd' }, 'unknown_key'],
  'an endless key id': [{ kid: 'k'.repeat(300) }, 'malformed'],
  'a key of its own': [{ jwk: issuer.key.jwk }, 'unsupported_header'],
  'a key set of its own': [{ jku: 'https://evil.example/jwks.json' }, 'unsupported_header'],
  'a certificate of its own': [{ x5c: ['MII'] }, 'unsupported_header'],
  'a certificate from elsewhere': [{ x5u: 'https://evil.example/cert.pem' }, 'unsupported_header'],
}
for (const [name, [header, reason]] of Object.entries(headers)) {
  t.test(`header: ${name}`, async (t) => {
    t.equal(await verdictOf(verifier, await issuer.token({ header })), `invalid_token ${reason}`)
  })
}

const claims: Record<string, [claims: object, reason: string]> = {
  'another issuer': [{ iss: 'https://evil.example' }, 'wrong_issuer'],
  'the issuer with a slash more': [{ iss: `${issuer.url}/` }, 'wrong_issuer'],
  'another audience': [{ aud: 'https://other.example' }, 'wrong_audience'],
  'an audience that only begins like ours': [{ aud: `${issuer.options.audience}.evil.example` }, 'wrong_audience'],
  'a list without our audience': [{ aud: ['a', 'b'] }, 'wrong_audience'],
  'an empty audience': [{ aud: [] }, 'malformed_claims'],
  'an audience that is no text': [{ aud: [{}] }, 'malformed_claims'],
  expired: [{ exp: now - 10 }, 'expired'],
  'from the future': [{ iat: now + 60 }, 'not_yet_valid'],
  'not yet valid': [{ nbf: now + 60 }, 'not_yet_valid'],
  'times as text': [{ exp: String(now + 900) }, 'malformed_claims'],
  'times beyond all calendars': [{ exp: Number.MAX_VALUE }, 'malformed_claims'],
  'roles that are no list': [{ roles: 'admin' }, 'malformed_claims'],
  'a subject that is no text': [{ sub: 1 }, 'malformed_claims'],
  ...Object.fromEntries(
    ['iss', 'aud', 'sub', 'exp', 'iat', 'jti', 'client_id', 'sid'].map((name) => [
      `no ${name}`,
      [{ [name]: undefined }, 'malformed_claims'] as [object, string],
    ]),
  ),
}
for (const [name, [changed, reason]] of Object.entries(claims)) {
  t.test(`claims: ${name}`, async (t) => {
    t.equal(await verdictOf(verifier, await issuer.token({ claims: changed })), `invalid_token ${reason}`)
  })
}

t.test('other spellings of a token', async (t) => {
  const token = await issuer.token()
  const [header = '', payload = '', signature = ''] = token.split('.')
  // The last character of 64 bytes holds 2 bits; its 4 others must be zero.
  const flipped = signature.slice(0, -1) + { A: 'B', Q: 'R', g: 'h', w: 'x' }[signature.slice(-1)]
  const spellings: Record<string, unknown> = {
    empty: '',
    'two parts': `${header}.${payload}`,
    'four parts': `${token}.${signature}`,
    'no signature': `${header}.${payload}.`,
    padded: `${token}==`,
    'a line break': `${token}\n`,
    'a space': `${header}. ${payload}.${signature}`,
    'the unused bits': `${header}.${payload}.${flipped}`,
    'the standard alphabet': `${header}.${payload}.+${signature.slice(1)}`,
    'over 8 KiB': `${header}.${'A'.repeat(8192)}.${signature}`,
    'no JSON': `${header}.${Buffer.from('{').toString('base64url')}.${signature}`,
    'no object': `${header}.${Buffer.from('[]').toString('base64url')}.${signature}`,
    'no UTF-8': `${header}.${Buffer.from([0x22, 0xff, 0x22]).toString('base64url')}.${signature}`,
    'no text': { toString: () => token },
    nothing: undefined,
  }
  for (const [name, text] of Object.entries(spellings)) {
    t.equal(await verdictOf(verifier, text as string), 'invalid_token malformed', name)
  }
})

t.test('algorithms that are not allowed, or not those of the key', async (t) => {
  const [, payload] = (await issuer.token()).split('.')
  const { kid } = issuer.key.jwk
  for (const alg of ['none', 'None', 'HS256', 'RS512', 'ES384', '', 5]) {
    const header = Buffer.from(JSON.stringify({ alg, typ: 'at+jwt', kid })).toString('base64url')
    t.equal(await verdictOf(verifier, `${header}.${payload}.AAAA`), 'invalid_token wrong_algorithm', String(alg))
  }
  const rsa = await newKey('RS256')
  const claimed = await issuer.token({ key: { ...rsa, jwk: issuer.key.jwk } })
  t.equal(await verdictOf(verifier, claimed), 'invalid_token wrong_algorithm', 'allowed, but not of this key')
})

t.test('`crit` is refused, whatever it asks for', async (t) => {
  const [, payload] = (await issuer.token()).split('.')
  const { kid } = issuer.key.jwk
  const header = Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid, crit: ['b64'], b64: true }))
  const token = `${header.toString('base64url')}.${payload}.AAAA`
  t.equal(await verdictOf(verifier, token), 'invalid_token unsupported_header')
})

t.test('a signature by another key under the id of a good one', async (t) => {
  const other = await newKey('ES256', issuer.key.jwk.kid)
  t.equal(await verdictOf(verifier, await issuer.token({ key: other })), 'invalid_token bad_signature')
})

t.test('the clock has the last word, with its tolerance', async (t) => {
  const clock = fakeClock({ wall: Date.now() })
  const slack = startVerifier(t, { ...issuer.options, clock, clockToleranceS: 30 })
  const token = await issuer.token({ claims: { exp: now + 900 } })
  t.equal(await verdictOf(slack, token), 'valid')
  clock.jump((now + 900) * 1000 - clock.now())
  t.equal(await verdictOf(slack, token), 'valid', 'in the moment of its end')
  clock.jump(29_999)
  t.equal(await verdictOf(slack, token), 'valid', 'within the tolerance')
  clock.jump(1)
  t.equal(await verdictOf(slack, token), 'invalid_token expired')
  clock.jump(-1_000_000)
  t.equal(await verdictOf(slack, token), 'invalid_token not_yet_valid', 'a clock that was set back')
})

t.test('an error says nothing of the token', async (t) => {
  const token = await issuer.token({ claims: { exp: now - 10, email: 'ada@example.com' } })
  const error = await verifier.verify(token).catch((error) => error)
  t.notMatch(`${error.message} ${JSON.stringify(error)}`, /ada|ey/)
  t.equal(error.name, 'InvalidTokenError')
})
