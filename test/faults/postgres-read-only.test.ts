import t from 'tap'
import { postgresReadOnly } from '../../chaos/faults.ts'
import { PASSWORD, startApp, until } from '../fixtures/app.ts'
import { guardOf, isUnavailable, sessionOn, startWorld, timed, whole } from './world.ts'

t.test('a Postgres that only reads still lets accounts log in', async (t) => {
  const { postgres, env } = await startWorld(t)
  const server = await startApp(t, env)
  await whole(server)
  const { email, access_token: token } = await sessionOn(server)
  const readOnly = postgresReadOnly(postgres)
  const capabilities = async () => (await server.call('GET', '/health/ready')).body.capabilities

  await readOnly.strike()
  await until(async () => (await capabilities()).register === 'unavailable')
  t.match(await capabilities(), { login: 'ok', refresh: 'ok', verify: 'ok', logout: 'ok' })
  const body = { email: 'new@example.com', password: PASSWORD }
  isUnavailable(t, await timed(server.call('POST', '/auth/register', { body })), 'postgres', 'register')
  t.equal((await server.call('POST', '/auth/login', { body: { email, password: PASSWORD } })).status, 200)
  const change = { current_password: PASSWORD, new_password: 'another good password' }
  isUnavailable(t, await timed(server.call('POST', '/auth/password', { token, body: change })), 'postgres', 'password')
  t.equal((await guardOf(server, 'postgres')).state, 'closed', 'no breaker opens for it')

  await readOnly.heal()
  await whole(server)
  t.equal((await server.call('POST', '/auth/register', { body })).status, 201)
})
