import { createPrivateKey, createPublicKey, randomBytes } from 'node:crypto'
import t from 'tap'
import type { SigningAlg } from '../../../lib/config.ts'
import { publicPem } from '../../../lib/keys/jwk.ts'
import { KeyMaker } from '../../../lib/keys/key-maker.ts'
import { unseal } from '../../../lib/keys/sealing.ts'

const keyEncryptionKey = randomBytes(32)

function newMaker(signingAlg: SigningAlg = 'ES256', rsaBits = 2048) {
  const failures: unknown[] = []
  const onSpareFailed = (error: unknown) => failures.push(error)
  return { failures, maker: new KeyMaker({ keyEncryptionKey, signingAlg, rsaBits, onSpareFailed }) }
}

t.test('a key leaves it sealed', async (t) => {
  const { maker } = newMaker('EdDSA')
  const { kid, alg, publicJwk, sealed } = await maker.make()
  t.match({ kid, alg }, { kid: publicJwk.kid, alg: 'EdDSA' })
  const privatePem = unseal(keyEncryptionKey, kid, sealed ?? '')
  const derived = createPublicKey(createPrivateKey(privatePem)).export({ format: 'pem', type: 'spki' })
  t.equal(derived, publicPem(publicJwk))
})

t.test('a spare is given once, and another one is begun', async (t) => {
  const { maker, failures } = newMaker()
  maker.prepareSpare()
  maker.prepareSpare()
  const taken = await Promise.all([maker.takeSpare(), maker.takeSpare(), maker.takeSpare()])
  t.equal(new Set(taken.map((key) => key.kid)).size, 3)
  t.strictSame(failures, [])
})

t.test('a spare that could not be made is told, and made anew the next time', async (t) => {
  const { maker, failures } = newMaker('RS256', -1)
  maker.prepareSpare()
  await new Promise(setImmediate)
  t.match(failures, [{ code: 'ERR_OUT_OF_RANGE' }])
  await t.rejects(maker.takeSpare(), { code: 'ERR_OUT_OF_RANGE' })
  await new Promise(setImmediate)
  t.equal(failures.length, 2)
})
