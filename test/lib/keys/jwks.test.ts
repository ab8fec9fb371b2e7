import t from 'tap'
import { prepareJwks } from '../../../lib/keys/jwks.ts'
import { createRing, prune, replaceNext, revokeAll, rotate } from '../../../lib/keys/ring.ts'
import { namedKey } from '../../fixtures/keys.ts'

const kids = (body: string): string[] => JSON.parse(body).keys.map((key: { kid: string }) => key.kid)

t.test('every key is published, the signing one first', async (t) => {
  const ring = rotate(createRing(namedKey('a'), namedKey('b'), 0), namedKey('c'), 1)
  t.strictSame(kids(prepareJwks(ring).body), ['b', 'c', 'a'])
})

t.test('nothing private is published', async (t) => {
  const ring = rotate(createRing(namedKey('a'), namedKey('b'), 0), namedKey('c'), 1)
  const { body } = prepareJwks(ring)
  t.notMatch(body, /sealed/)
  for (const key of JSON.parse(body).keys) {
    t.strictSame(Object.keys(key).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
  }
})

t.test('the ETag is strong, and another one for each set of keys', async (t) => {
  const first = createRing(namedKey('a'), namedKey('b'), 0)
  const rings = [
    first,
    replaceNext(first, namedKey('c'), 1),
    rotate(first, namedKey('c'), 1),
    prune(rotate(first, namedKey('c'), 1), 10, 100),
    revokeAll(first, namedKey('d'), false, 1),
  ]
  const etags = rings.map((ring) => prepareJwks(ring).etag)
  t.equal(new Set(etags).size, rings.length)
  for (const etag of etags) t.match(etag, /^"[\w-]{27}"$/)
})

t.test('the same keys have the same ETag on every instance', async (t) => {
  const ring = createRing(namedKey('a'), namedKey('b'), 0)
  const keys = ring.keys.map((key) => {
    const members = Object.entries(key.publicJwk).toReversed()
    return { ...key, publicJwk: Object.fromEntries(members) as typeof key.publicJwk }
  })
  const elsewhere = { ...ring, version: 7, keys }
  const { stamp, ...rest } = prepareJwks(ring)
  t.equal(stamp, 'epoch=1, version=1')
  t.strictSame(prepareJwks(elsewhere), { ...rest, stamp: 'epoch=1, version=7' })
})
