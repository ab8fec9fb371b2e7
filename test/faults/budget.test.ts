import t from 'tap'
import { PASSWORD, startApp } from '../fixtures/app.ts'
import { isUnavailable, sessionOn, startWorld, timed, whole } from './world.ts'

// The account budget counts failed logins. A login that could not be checked has not failed: an outage is never a verdict.

t.test('logins during an outage of Postgres do not lock the account', async (t) => {
  const { postgres, env } = await startWorld(t, { ACCOUNT_RATE_LIMIT: '2/15m' })
  const server = await startApp(t, env)
  await whole(server)
  const { email } = await sessionOn(server)
  const logIn = (password: string) => timed(server.call('POST', '/auth/login', { body: { email, password } }))
  await postgres.server.stop()
  for (const attempt of [1, 2, 3]) isUnavailable(t, await logIn(PASSWORD), 'postgres', `login ${attempt}`)
  await postgres.server.start()
  await whole(server)
  t.equal((await logIn(PASSWORD)).status, 200, 'the first login afterwards')

  t.equal((await logIn('a guess')).status, 401)
  t.equal((await logIn('another guess')).status, 401)
  t.equal((await logIn(PASSWORD)).status, 429, 'the budget does hold against guesses')
})
