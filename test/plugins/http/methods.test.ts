import t from 'tap'
import { isProblem } from '../../routes/expect.ts'
import { send } from '../../routes/send.ts'
import { startAlone } from '../../routes/world.ts'

const app = await startAlone(t)
const ID = '01900000-0000-7000-8000-000000000000'
const allowed: Record<string, string[]> = {
  '/auth/register': ['POST'],
  '/auth/login': ['POST'],
  '/auth/refresh': ['POST'],
  '/auth/verify': ['GET', 'HEAD', 'POST'],
  '/auth/me': ['GET', 'HEAD'],
  '/auth/logout': ['POST'],
  '/auth/sessions': ['DELETE', 'GET', 'HEAD'],
  [`/auth/sessions/${ID}`]: ['DELETE'],
  '/auth/password': ['POST'],
  '/auth/revocations': ['GET', 'HEAD'],
  '/.well-known/jwks.json': ['GET', 'HEAD'],
  '/.well-known/oauth-authorization-server': ['GET', 'HEAD'],
  '/.well-known/openid-configuration': ['GET', 'HEAD'],
  '/health/live': ['GET', 'HEAD'],
  '/health/ready': ['GET', 'HEAD'],
  '/metrics': ['GET', 'HEAD'],
  '/openapi.json': ['GET', 'HEAD'],
  '/admin/keys': ['GET', 'HEAD'],
  '/admin/keys/rotate': ['POST'],
  '/admin/keys/revoke-all': ['POST'],
  '/admin/dependencies': ['GET', 'HEAD'],
}
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']

t.test('a method that a path has no route for is a 405 that names those it has', async (t) => {
  for (const [path, methods] of Object.entries(allowed)) {
    for (const method of METHODS.filter((method) => !methods.includes(method) && method !== 'HEAD')) {
      const answer = await send(app.url, { method, path })
      isProblem(t, answer, { status: 405, code: 'method_not_allowed' }, `${method} ${path}`)
      t.equal(answer.headers.get('allow'), methods.join(', '), `${method} ${path}`)
    }
  }
})

t.test('the refusal comes before the body is read', async (t) => {
  const headers = { 'content-type': 'text/plain' }
  const answer = await send(app.url, { method: 'PUT', path: '/auth/login', headers, body: 'x'.repeat(100_000) })
  isProblem(t, answer, { status: 405, code: 'method_not_allowed' })
})

t.test('HEAD is answered like GET, without the body', async (t) => {
  for (const path of ['/health/live', '/.well-known/openid-configuration', '/openapi.json', '/metrics']) {
    const head = await send(app.url, { method: 'HEAD', path })
    const get = await send(app.url, { method: 'GET', path })
    t.equal(head.status, get.status, path)
    t.equal(head.body, '', path)
    t.equal(head.headers.get('content-type'), get.headers.get('content-type'), path)
  }
})
