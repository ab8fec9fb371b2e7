import t from 'tap'
import { startAlone } from '../../routes/world.ts'

const app = await startAlone(t)

t.test('every answer tells the browser to embed, sniff, send on and store nothing', async (t) => {
  const requests = [
    ['GET', '/health/live', 200],
    ['GET', '/auth/revocations', 200],
    ['GET', '/auth/me', 401],
    ['GET', '/admin/keys', 401],
    ['GET', '/nothing', 404],
    ['PUT', '/auth/login', 405],
    ['POST', '/auth/refresh', 400],
    ['GET', '/.well-known/jwks.json', 503],
  ] as const
  for (const [method, path, status] of requests) {
    const { headers, ...answer } = await app.call(method, path)
    const header = (name: string) => headers.get(name) ?? ''
    t.equal(answer.status, status, path)
    t.equal(header('x-content-type-options'), 'nosniff', path)
    t.match(header('content-security-policy'), /default-src 'none'/, path)
    t.match(header('content-security-policy'), /frame-ancestors 'none'/, path)
    t.equal(header('referrer-policy'), 'no-referrer', path)
    t.match(header('strict-transport-security'), /max-age=\d{7,}/, path)
    t.match(header('x-frame-options'), /^(DENY|SAMEORIGIN)$/, path)
    t.equal(header('cache-control'), 'no-store', path)
    t.equal(header('x-powered-by'), '', path)
    t.equal(header('server'), '', path)
    t.equal(header('access-control-allow-origin'), '', path)
    t.equal(header('set-cookie'), '', path)
  }
})
