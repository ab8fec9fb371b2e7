import t from 'tap'
import { PASSWORD, startApp } from '../fixtures/app.ts'
import { guardOf, startWorld, whole } from './world.ts'

// Many at once on healthy stores: the surplus is shed as overload; a dependency that works is not called unavailable.

const AT_ONCE = 64

t.test(`${AT_ONCE} registrations, then ${AT_ONCE} logins at once`, async (t) => {
  const { env } = await startWorld(t)
  const server = await startApp(t, env)
  await whole(server)
  const credentials = Array.from({ length: AT_ONCE }, (_, i) => ({ email: `user${i}@example.com`, password: PASSWORD }))
  for (const [path, good] of [
    ['/auth/register', 201],
    ['/auth/login', 200],
  ] as const) {
    const answers = await Promise.all(credentials.map((body) => server.call('POST', path, { body })))
    const codes = answers.map(({ status, body }) => (status === good ? 'done' : (body.code as string)))
    t.same(
      codes.filter((code) => code !== 'done' && code !== 'overloaded'),
      [],
      `${path}: done or overloaded`,
    )
    t.comment(`${path}: ${codes.filter((code) => code === 'done').length} of ${AT_ONCE} done`)
    const failed = credentials.filter((_, i) => codes[i] !== 'done')
    if (path === '/auth/register') for (const body of failed) await server.call('POST', path, { body })
  }
  t.equal((await guardOf(server, 'postgres')).state, 'closed')
})
