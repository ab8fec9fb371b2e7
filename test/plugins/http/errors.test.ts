import t from 'tap'
import { isProblem } from '../../routes/expect.ts'
import { send } from '../../routes/send.ts'
import { startAlone } from '../../routes/world.ts'

const app = await startAlone(t, { LOG_LEVEL: 'error' })

t.test('a path that is nothing is a 404, in whatever spelling of a real one', async (t) => {
  const paths = [
    '/',
    '/nothing',
    '/auth',
    '/auth/',
    '//auth/login',
    '/auth//login',
    '/auth/login/',
    '/AUTH/LOGIN',
    '/auth/login%00',
    '/auth/./login',
    '/x/../auth/login',
    '/auth%2Flogin',
    '/auth/login;jsessionid=1',
    '/.well-known/jwks.json/',
    '/admin',
    '/admin/people',
    '/.git/config',
    `/${'x'.repeat(2_000)}`,
  ]
  for (const path of paths) {
    for (const method of ['GET', 'POST']) {
      const answer = await send(app.url, { method, path })
      isProblem(t, answer, { status: 404, code: 'not_found' }, `${method} ${path}`.slice(0, 60))
    }
  }
})

t.test('a path that can not be decoded is a bad request', async (t) => {
  for (const path of ['/%', '/%zz', '/auth/%c3%28', '/auth/login%', '/auth/sessions/%ff']) {
    const answer = await send(app.url, { method: 'GET', path })
    isProblem(t, answer, { status: 400, code: 'invalid_request' }, path)
  }
})

t.test('a mistake of ours is a 500 that tells a client nothing of it, and the log all', async (t) => {
  const { revocations } = app.app
  const since = revocations.since
  t.teardown(() => {
    revocations.since = since
  })
  revocations.since = () => {
    throw new TypeError('postgres://somebody:hunter2@db is no function')
  }
  const answer = await app.call('GET', '/auth/revocations')
  isProblem(t, answer, { status: 500, code: 'internal_error' })
  t.notMatch(JSON.stringify(answer.body), /postgres|hunter2|TypeError|\.ts/)
  t.match(app.logs, [{ level: 50, err: { type: 'TypeError', message: /is no function/, stack: String } }])
  t.equal((await app.call('GET', '/health/live')).status, 200, 'and the server goes on')
})
