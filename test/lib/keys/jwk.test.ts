import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { calculateJwkThumbprint } from 'jose'
import t from 'tap'
import { checkerOf } from '../../../lib/checker.ts'
import { SIGNING_ALGS } from '../../../lib/config.ts'
import { generateSigningKey, PublicJwkSchema, publicPem, thumbprint } from '../../../lib/keys/jwk.ts'

const check = checkerOf(PublicJwkSchema)

t.test('RFC 7638 section 3.1: the example of the RFC', async (t) => {
  const n =
    '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMst' +
    'n64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajr' +
    'n1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw'
  const jwk = { kty: 'RSA', n, e: 'AQAB', alg: 'RS256', kid: '2011-04-29' }
  t.equal(thumbprint(jwk), 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs')
})

t.test('RFC 8037 appendix A.3: the example for Ed25519', async (t) => {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }
  t.equal(thumbprint(jwk), 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k')
})

t.test('a key of a kind that is not signed with here has no thumbprint', async (t) => {
  t.throws(() => thumbprint({ kty: 'oct', k: 'AA' }), { message: 'a JWK of type oct has no thumbprint here' })
  t.throws(() => thumbprint({}), TypeError)
})

for (const alg of SIGNING_ALGS) {
  t.test(`${alg}: the pair fits, its public half has its thumbprint as kid and nothing private`, async (t) => {
    const { publicJwk, privatePem } = await generateSigningKey(alg, 2048)
    t.match(publicJwk, { alg, use: 'sig', kid: /^[\w-]{43}$/ })
    t.equal(publicJwk.kid, await calculateJwkThumbprint(publicJwk))
    t.ok(check(publicJwk))
    for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) t.notOk(name in publicJwk, name)
    t.match(privatePem, /^-----BEGIN PRIVATE KEY-----\n/)
    t.match(publicPem(publicJwk), /^-----BEGIN PUBLIC KEY-----\n/)
    const digest = alg === 'EdDSA' ? null : 'sha256'
    const data = Buffer.from('header.payload')
    const signature = sign(digest, data, createPrivateKey(privatePem))
    t.equal(verify(digest, data, createPublicKey(publicPem(publicJwk)), signature), true)
  })
}

t.test('RSA keys have as many bits as asked for', async (t) => {
  const { publicJwk } = await generateSigningKey('PS256', 3072)
  t.equal(createPublicKey(publicPem(publicJwk)).asymmetricKeyDetails?.modulusLength, 3072)
})

t.test('two pairs are two keys', async (t) => {
  const [one, two] = await Promise.all([generateSigningKey('ES256', 2048), generateSigningKey('ES256', 2048)])
  t.not(one.publicJwk.kid, two.publicJwk.kid)
})
