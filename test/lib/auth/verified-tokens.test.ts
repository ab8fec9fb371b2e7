import t from 'tap'
import type { AccessClaims } from '../../../lib/auth/access-token.ts'
import { VerifiedTokens } from '../../../lib/auth/verified-tokens.ts'

const claimsOf = (sub: string) => ({ sub, roles: [] as string[] }) as unknown as AccessClaims

t.test('gives back what a token says, and nothing for one that it has not seen', async (t) => {
  const verified = new VerifiedTokens()
  verified.remember('a', claimsOf('ada'))
  t.equal(verified.claimsOf('a')?.sub, 'ada')
  t.equal(verified.claimsOf('b'), undefined)
})

t.test('what is remembered can not be changed by whoever was given it', async (t) => {
  const verified = new VerifiedTokens()
  const claims = claimsOf('ada')
  verified.remember('a', claims)
  t.throws(() => claims.roles.push('admin'), TypeError)
  t.throws(() => Object.assign(claims, { sub: 'eve' }), TypeError)
})

t.test('is bounded: tokens in use stay, others are forgotten', async (t) => {
  const verified = new VerifiedTokens(10)
  verified.remember('used', claimsOf('ada'))
  for (let i = 0; i < 1000; i += 1) {
    verified.remember(`token ${i}`, claimsOf('eve'))
    t.equal(verified.claimsOf('used')?.sub, 'ada')
    t.ok(verified.size <= 11)
  }
  t.equal(verified.claimsOf('token 1'), undefined)
})
