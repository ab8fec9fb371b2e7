import { createPrivateKey, createPublicKey, randomBytes, sign, verify } from 'node:crypto'
import t from 'tap'
import { openRing } from '../../../lib/keys/key-material.ts'
import { createRing, type NewKey, revokeAll, rotate } from '../../../lib/keys/ring.ts'
import { seal } from '../../../lib/keys/sealing.ts'
import { realKey } from '../../fixtures/keys.ts'

const kek = randomBytes(32)
const sealed = (key: NewKey): NewKey => ({ ...key, sealed: seal(kek, key.kid, key.sealed ?? '') })

async function newRing() {
  const [a, b, c] = [await realKey('ES256'), await realKey('EdDSA'), await realKey('ES256')]
  return { a, b, c, ring: rotate(createRing(sealed(a), sealed(b), 0), sealed(c), 1) }
}

t.test('every key verifies, the active one signs', async (t) => {
  const { a, b, c, ring } = await newRing()
  const problems: unknown[] = []
  const { verification, signing, jwks, ring: same } = openRing(ring, [kek], (...problem) => problems.push(problem))
  t.equal(same, ring)
  t.strictSame([...verification.keys()].sort(), [a.kid, b.kid, c.kid].sort())
  t.match(signing, { kid: b.kid, alg: 'EdDSA', privatePem: b.sealed })
  const data = Buffer.from('data')
  const signature = sign(null, data, createPrivateKey(signing?.privatePem ?? ''))
  const publicKey = createPublicKey(verification.get(b.kid)?.publicPem ?? '')
  t.equal(verify(null, data, publicKey, signature), true)
  t.equal(verification.get(a.kid)?.alg, 'ES256')
  t.match(jwks.etag, /^"/)
  t.strictSame(problems, [])
})

t.test('under another key-encryption key it verifies but does not sign', async (t) => {
  const { b, ring } = await newRing()
  const problems: unknown[] = []
  const { verification, signing } = openRing(ring, [randomBytes(32), randomBytes(32)], (...problem) =>
    problems.push(problem),
  )
  t.equal(verification.size, 3)
  t.equal(signing, null)
  t.match(problems, [[b.kid, Error]])
})

t.test('an active key without its private half is told as well', async (t) => {
  const { b, ring } = await newRing()
  const problems: unknown[] = []
  const keys = ring.keys.map((key) => ({ ...key, sealed: null }))
  t.equal(openRing({ ...ring, keys }, [kek], (kid) => problems.push(kid)).signing, null)
  t.strictSame(problems, [b.kid])
})

t.test('a ring without an active key signs nothing', async (t) => {
  const { ring } = await newRing()
  const keys = ring.keys.filter((key) => key.state !== 'active')
  const { signing, verification } = openRing({ ...ring, keys }, [kek], () => t.fail('nothing to tell'))
  t.equal(signing, null)
  t.equal(verification.size, 2)
})

t.test('after an emergency no earlier key verifies', async (t) => {
  const { ring } = await newRing()
  const fresh = await realKey()
  const { verification, signing } = openRing(revokeAll(ring, sealed(fresh), false, 2), [kek], () => {})
  t.strictSame([...verification.keys()], [fresh.kid])
  t.equal(signing?.kid, fresh.kid)
})
