import { importJWK, jwtVerify } from 'jose'
import t from 'tap'
import { SIGNING_ALGS } from '../../../lib/config.ts'
import { jwsSigner } from '../../../lib/keys/jws.ts'
import { realKey } from '../../fixtures/keys.ts'

for (const alg of SIGNING_ALGS) {
  t.test(`${alg}: another library verifies what was signed`, async (t) => {
    const { kid, publicJwk, sealed } = await realKey(alg)
    const sign = jwsSigner(alg, sealed ?? '', { typ: 'at+jwt', kid })
    const claims = { sub: 'ada', email: 'adé@example.com', roles: ['a'] }
    const { payload, protectedHeader } = await jwtVerify(await sign(claims), await importJWK({ ...publicJwk }, alg))
    t.strictSame(payload, claims)
    t.strictSame(protectedHeader, { alg, typ: 'at+jwt', kid })
  })
}

t.test('the event loop goes on while a signature is made', async (t) => {
  const { kid, sealed } = await realKey('RS256')
  const sign = jwsSigner('RS256', sealed ?? '', { kid })
  const order: string[] = []
  const signed = sign({}).then(() => order.push('signed'))
  setImmediate(() => order.push('turned'))
  await signed
  t.strictSame(order, ['turned', 'signed'])
})
