import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import t, { type Test } from 'tap'
import { newSession } from '../fixtures/app.ts'
import { isInvalidToken } from '../routes/expect.ts'
import { startWorld } from '../routes/world.ts'
import { encode, forge, forgeHmac, withLowBits } from './forge.ts'
import { attacksOn, startTarget } from './target.ts'

const world = await startWorld(t)
const app = await startTarget(t, world, { SIGNING_ALG: 'RS256' })
const attack = attacksOn(t, app)
const { call } = app
const { access_token: token } = await newSession({ call })
const { kid, privatePem } = app.app.keyRing.signingKey()
const own = createPublicKey(privatePem)
const { privateKey: foreign, publicKey: foreignPublic } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const header = decodeProtectedHeader(token)
const claims = decodeJwt(token)
const [head = '', payload = '', signature = ''] = token.split('.')

/** Fails unless each token is refused on each route that takes one. */
async function areRefused(t: Test, tokens: Record<string, string>): Promise<void> {
  for (const [name, token] of Object.entries(tokens)) {
    isInvalidToken(t, await call('POST', '/auth/verify', { body: { token } }), `${name}: body`)
    isInvalidToken(t, await call('POST', '/auth/verify', { token }), `${name}: POST`)
    isInvalidToken(t, await call('GET', '/auth/verify', { token }), `${name}: GET`)
    isInvalidToken(t, await call('GET', '/auth/me', { token }), `${name}: me`)
  }
  t.equal((await call('GET', '/auth/me', { token: forge(header, claims, privatePem) })).status, 200, 'forging works')
}

attack('A1', 'a token changed in any part, cut or put together, is refused', async (t) => {
  const flip = (text: string, at: number) => text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1)
  await areRefused(t, {
    'first character of the signature': `${head}.${payload}.${flip(signature, 0)}`,
    'middle of the signature': `${head}.${payload}.${flip(signature, 170)}`,
    'shorter signature': token.slice(0, -4),
    'longer signature': `${token}AAAA`,
    'no signature': `${head}.${payload}.`,
    'two parts': `${head}.${payload}`,
    'four parts': `${token}.${signature}`,
    'five parts': `${token}.${payload}.${signature}`,
    'no payload': `${head}..${signature}`,
    'another subject': `${head}.${encode({ ...claims, sub: 'someone else' })}.${signature}`,
    'another header': `${encode({ ...header, more: 1 })}.${payload}.${signature}`,
    'signature of another token': `${head}.${payload}.${forge(header, { ...claims, jti: 'x' }, privatePem).split('.')[2]}`,
  })
})

attack('A8', 'padding, other alphabet, white space, unused low bits', async (t) => {
  await areRefused(t, {
    'low bits of the last character': withLowBits(token),
    padding: `${token}==`,
    'one padding character': `${token}=`,
    'the other base64 alphabet': token.replaceAll('-', '+').replaceAll('_', '/'),
    'a space between the parts': token.replace('.', '. '),
    'a tab': `${head}.${payload}\t.${signature}`,
    'a percent sign': token.replace('.', '%2E'),
  })
  const onlyInBodies = {
    'leading space': ` ${token}`,
    'trailing space': `${token} `,
    newline: `${token}\n`,
    NUL: `${token}\0`,
  }
  for (const [name, token] of Object.entries(onlyInBodies)) {
    isInvalidToken(t, await call('POST', '/auth/verify', { body: { token } }), name)
  }
})

attack('A1', 'none in every spelling, odd algorithms, other algorithms of the same key', async (t) => {
  const none = Object.fromEntries(
    ['none', 'None', 'NONE', 'nOnE', ''].flatMap((alg) => [
      [`alg "${alg}" unsigned`, `${encode({ ...header, alg })}.${payload}.`],
      [`alg "${alg}" with the signature`, `${encode({ ...header, alg })}.${payload}.${signature}`],
    ]),
  )
  const odd = [undefined, null, 256, ['RS256'], { alg: 'RS256' }, 'rs256', 'RS256 ', '__proto__'].map((alg) => [
    `alg ${JSON.stringify(alg)}`,
    `${encode({ ...header, alg })}.${payload}.${signature}`,
  ])
  const sameKey = ['RS384', 'RS512', 'PS256', 'PS512'].map((alg) => [
    alg,
    forge({ ...header, alg }, claims, privatePem),
  ])
  await areRefused(t, { ...none, ...Object.fromEntries(odd), ...Object.fromEntries(sameKey) })
})

attack('A2', 'HS256, HS384 and HS512 with each form of the public key, its id, and nothing', async (t) => {
  const spki = own.export({ format: 'pem', type: 'spki' }).toString()
  const jwk = own.export({ format: 'jwk' })
  const published = (await call('GET', '/.well-known/jwks.json')).body
  const secrets: Record<string, string | Buffer> = {
    'SPKI PEM': spki,
    'trimmed PEM': spki.trim(),
    'PEM in CRLF': spki.replaceAll('\n', '\r\n'),
    'PEM after a space': ` ${spki}`,
    'PEM after a line': `x\n${spki}`,
    'PEM without lines': spki.replaceAll('\n', ''),
    'PKCS #1 PEM': own.export({ format: 'pem', type: 'pkcs1' }).toString(),
    DER: own.export({ format: 'der', type: 'spki' }),
    modulus: String(jwk.n),
    'modulus in bytes': Buffer.from(String(jwk.n), 'base64url'),
    JWK: JSON.stringify(jwk),
    'published JWK': JSON.stringify(published.keys[0]),
    'published set': JSON.stringify(published),
    kid,
    nothing: '',
  }
  const forged = Object.entries(secrets).flatMap(([name, secret]) =>
    ['HS256', 'HS384', 'HS512'].map((alg) => [`${alg} ${name}`, forgeHmac({ ...header, alg }, claims, secret)]),
  )
  await areRefused(t, Object.fromEntries(forged))
})

attack(
  'A3',
  'a path, SQL, a line break, 4 kB, __proto__, an array, a number, with our and a foreign key',
  async (t) => {
    const kids = [
      undefined,
      null,
      0,
      [kid],
      { kid },
      '',
      'unknown',
      `${kid} `,
      kid.toLowerCase(),
      '__proto__',
      'constructor',
      'toString',
      '../../../../dev/null',
      "' OR '1'='1",
      'a\r\nb: c',
      'k'.repeat(4000),
    ]
    const forged = kids.flatMap((kid) => [
      [`own key as ${JSON.stringify(kid)}`.slice(0, 60), forge({ ...header, kid }, claims, privatePem)],
      [`foreign key as ${JSON.stringify(kid)}`.slice(0, 60), forge({ ...header, kid }, claims, foreign)],
    ])
    await areRefused(t, { ...Object.fromEntries(forged), 'foreign key as ours': forge(header, claims, foreign) })
  },
)

attack('A4', 'jwk, jku, x5u and x5c, and a server that waits to be asked', async (t) => {
  let requests = 0
  const jwk = { ...foreignPublic.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }
  const server = createServer((_request, response) => {
    requests += 1
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const x5c = [foreignPublic.export({ format: 'der', type: 'spki' }).toString('base64')]
  const additions = {
    jwk: { jwk },
    jku: { jku: url },
    x5u: { x5u: url },
    x5c: { x5c },
    all: { jwk, jku: url, x5u: url },
  }
  const forged = Object.entries(additions).flatMap(([name, more]) => [
    [`${name} under our kid`, forge({ ...header, ...more }, claims, foreign)],
    [`${name} under another kid`, forge({ ...header, kid: 'foreign', ...more }, claims, foreign)],
  ])
  await areRefused(t, Object.fromEntries(forged))
  t.equal(requests, 0)
})
