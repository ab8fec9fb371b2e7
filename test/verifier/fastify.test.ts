import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { verifierPlugin } from '../../verifier/fastify.ts'
import type { Verifier } from '../../verifier/index.ts'
import { status } from './front.ts'
import { newKey, startStubIssuer } from './stub-issuer.ts'
import { startVerifier } from './verifiers.ts'

async function startService(t: Test, verifier: Verifier) {
  const app = Fastify()
  await app.register(verifierPlugin, { verifier })
  await app.register(async (inner) => {
    inner.get('/me', { onRequest: inner.requireAccessToken }, async ({ accessToken: { sub, sid } }) => ({ sub, sid }))
  })
  t.teardown(() => app.close())
  const get = (authorization?: string) =>
    app.inject({ url: '/me', headers: { ...(authorization !== undefined && { authorization }) } })
  return { app, get }
}

t.test('lets a good token through, with its claims', async (t) => {
  const issuer = await startStubIssuer(t)
  const { app, get } = await startService(t, startVerifier(t, issuer.options))
  const token = await issuer.token()
  for (const scheme of ['Bearer', 'bearer', 'BEARER ']) {
    const answer = await get(`${scheme} ${token}`)
    t.equal(answer.statusCode, 200)
    t.strictSame(answer.json(), { sub: 'user', sid: 'session' })
  }
  t.equal(app.verifier.state().keys.length, 1)
})

t.test('challenges who brings no token (RFC 6750 section 3)', async (t) => {
  const issuer = await startStubIssuer(t)
  const { get } = await startService(t, startVerifier(t, issuer.options))
  for (const authorization of [undefined, '', 'Basic dXNlcjpwYXNz', 'Bearerx']) {
    const answer = await get(authorization)
    t.equal(answer.statusCode, 401)
    t.equal(answer.headers['www-authenticate'], 'Bearer', 'without an error: none was made yet')
    t.match(answer.headers['content-type'], 'application/problem+json')
    t.match(answer.json(), { status: 401, code: 'invalid_token', request_id: String })
  }
})

t.test('refuses a bad token, and keeps the reason to itself', async (t) => {
  const issuer = await startStubIssuer(t)
  const { get } = await startService(t, startVerifier(t, issuer.options))
  const bad = ['rubbish', '', await issuer.token({ claims: { exp: 1 } }), await issuer.token({ key: await newKey() })]
  const answers = await Promise.all(bad.map((token) => get(`Bearer ${token}`)))
  for (const answer of answers) {
    t.equal(answer.statusCode, 401)
    t.equal(answer.headers['www-authenticate'], 'Bearer error="invalid_token"')
  }
  const bodies = answers.map((answer) => ({ ...answer.json(), request_id: '' }))
  for (const body of bodies) t.strictSame(body, bodies[0])
})

t.test('says that it can not say anything while it can not', async (t) => {
  const issuer = await startStubIssuer(t)
  const token = await issuer.token()
  issuer.answerAll(status(503))
  const { get } = await startService(t, startVerifier(t, issuer.options))
  const answer = await get(`Bearer ${token}`)
  t.equal(answer.statusCode, 503)
  t.match(answer.headers['retry-after'], /^[1-9]\d*$/)
  t.equal(answer.headers['www-authenticate'], undefined)
  t.match(answer.headers['content-type'], 'application/problem+json')
  t.match(answer.json(), { status: 503, code: 'dependency_unavailable' })
})

t.test('a hook of the application may call it without the reply: the error says the same', async (t) => {
  const issuer = await startStubIssuer(t)
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(verifierPlugin, { verifier: startVerifier(t, issuer.options) })
  app.get('/', async (request) => {
    await app.requireAccessToken(request)
    return request.accessToken.sub
  })
  const refused = await app.inject('/')
  t.equal(refused.statusCode, 401)
  t.equal(refused.headers['www-authenticate'], 'Bearer')
  t.match(refused.json(), { statusCode: 401, code: 'invalid_token' })
  const headers = { authorization: `Bearer ${await issuer.token()}` }
  t.equal((await app.inject({ url: '/', headers })).body, 'user')
})

t.test('what is no verdict of the verifier is not made one', async (t) => {
  const issuer = await startStubIssuer(t)
  const verifier = startVerifier(t, issuer.options)
  const { get } = await startService(t, {
    ...verifier,
    verify: () => Promise.reject(new Error('a fault')),
    close: async () => {},
  })
  t.equal((await get('Bearer token')).statusCode, 500)
})

t.test('the verifier ends with the application, unless it is shared', async (t) => {
  const issuer = await startStubIssuer(t)
  const verifier = startVerifier(t, issuer.options)
  await verifier.ready()
  const shared = Fastify()
  await shared.register(verifierPlugin, { verifier, keepOpen: true })
  await shared.close()
  t.equal(verifier.state().secondsUntilRefused, Number.POSITIVE_INFINITY)
  const own = Fastify()
  await own.register(verifierPlugin, { verifier })
  await own.close()
  t.equal(verifier.state().secondsUntilRefused, 0)
})
