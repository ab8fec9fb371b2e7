import t from 'tap'
import { JSON_TYPE } from '../expect.ts'
import { startAlone } from '../world.ts'

t.test('the metadata names what exists, and nothing that does not', async (t) => {
  for (const ISSUER of ['http://127.0.0.1:3000', 'https://auth.example.com/tenant']) {
    const { call } = await startAlone(t, { ISSUER, SIGNING_ALG: 'ES256' })
    for (const name of ['oauth-authorization-server', 'openid-configuration']) {
      const { status, headers, body } = await call('GET', `/.well-known/${name}`)
      t.equal(status, 200)
      t.match(headers.get('content-type'), JSON_TYPE)
      t.match(headers.get('cache-control'), /^public, max-age=\d+/)
      t.equal(body.issuer, ISSUER, 'character for character what tokens claim')
      t.equal(body.jwks_uri, `${ISSUER}/.well-known/jwks.json`)
      for (const [member, value] of Object.entries(body)) {
        t.notMatch(
          member,
          /authorization_endpoint|token_endpoint|userinfo|registration|revocation|introspection|grant|id_token/,
        )
        if (typeof value !== 'string' || !value.startsWith(ISSUER) || value === ISSUER) continue
        const { status } = await call('GET', value.slice(ISSUER.length))
        t.ok(status === 200 || status === 503, `${member} exists`)
      }
    }
  }
})
