import { calculateJwkThumbprint, createLocalJWKSet, type JWK, jwtVerify } from 'jose'
import t from 'tap'
import { ADMIN_KEY, newSession } from '../../fixtures/app.ts'
import { isProblem, JSON_TYPE } from '../expect.ts'
import { send } from '../send.ts'
import { startAlone, startWorld } from '../world.ts'

const world = await startWorld(t)
const app = await world.start(t, { SIGNING_ALG: 'RS256' })
const PATH = '/.well-known/jwks.json'
const get = (ifNoneMatch?: string) =>
  app.call('GET', PATH, ifNoneMatch === undefined ? {} : { headers: { 'if-none-match': ifNoneMatch } })

t.test('the key set has the public members of each key, and no other', async (t) => {
  const { status, headers, body } = await get()
  t.equal(status, 200)
  t.match(headers.get('content-type'), JSON_TYPE)
  t.equal(headers.get('cache-control'), 'public, max-age=300, stale-if-error=86400')
  t.match(headers.get('etag'), /^"[A-Za-z0-9_-]{20,}"$/)
  t.equal(headers.get('tokenforge-key-ring'), 'epoch=1, version=1')
  t.strictSame(Object.keys(body), ['keys'])
  t.equal(body.keys.length, 2)
  for (const key of body.keys as JWK[]) {
    t.strictSame(Object.keys(key).sort(), ['alg', 'e', 'kid', 'kty', 'n', 'use'])
    t.match(key, { alg: 'RS256', kty: 'RSA', use: 'sig', e: 'AQAB' })
    t.equal(key.kid, await calculateJwkThumbprint(key))
  }
  t.equal(new Set(body.keys.map(({ kid }: JWK) => kid)).size, 2)
  const { access_token } = await newSession(app)
  const { protectedHeader } = await jwtVerify(access_token, createLocalJWKSet(body))
  t.equal(protectedHeader.kid, body.keys[0].kid, 'the first one signs')
})

t.test('a set that has not changed is not sent again', async (t) => {
  const etag = (await get()).headers.get('etag') ?? ''
  for (const header of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
    const request = { method: 'GET', path: PATH, headers: { 'if-none-match': header } }
    const { status, headers, body } = await send(app.url, request)
    t.equal(status, 304, header)
    t.equal(body, '')
    t.equal(headers.get('etag'), etag)
    t.equal(headers.get('cache-control'), 'public, max-age=300, stale-if-error=86400')
  }
  for (const header of ['"other"', etag.slice(1, -1), `${etag}x`, '']) t.equal((await get(header)).status, 200, header)

  const { keys: before } = (await get()).body
  t.equal((await app.call('POST', '/admin/keys/rotate', { token: ADMIN_KEY })).status, 200)
  const { status, headers, body } = await get(etag)
  t.equal(status, 200, 'a rotation makes another set')
  t.not(headers.get('etag'), etag)
  t.equal(headers.get('tokenforge-key-ring'), 'epoch=1, version=2')
  const kids = body.keys.map(({ kid }: JWK) => kid)
  for (const { kid } of before) t.ok(kids.includes(kid), 'in which the old keys still are')
})

t.test('a token anywhere in the request changes nothing', async (t) => {
  const plain = await get()
  const { status, body } = await app.call('GET', PATH, { token: 'a.b.c' })
  t.equal(status, 200)
  t.strictSame(body, plain.body)
})

t.test('without a ring there is no key set, and nobody may remember that', async (t) => {
  const alone = await startAlone(t)
  const answer = await alone.call('GET', PATH)
  isProblem(t, answer, { status: 503, code: 'dependency_unavailable', dependency: 'signing-keys' })
  t.match(answer.headers.get('retry-after'), /^[1-9]\d*$/)
})
