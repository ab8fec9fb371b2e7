import t from 'tap'
import { ADMIN_KEY, PASSWORD, until } from '../fixtures/app.ts'
import { startServerProcess } from '../fixtures/server-process.ts'
import { checkVerifying, faultsOf, isUnavailable, sessionOn, startWorld, timed, whole } from './world.ts'

// With both gone only what needs no dependency is answered; everything else is 503, and nothing is decided.

const { postgres, redis, env } = await startWorld(t)
const server = await startServerProcess(t, env)
const pairs = faultsOf(postgres).map((fault, i) => [fault, faultsOf(redis)[i] ?? fault] as const)

for (const [inPostgres, inRedis] of pairs) {
  t.test(`both are ${inPostgres.name}`, async (t) => {
    const [session, leaving] = [await sessionOn(server), await sessionOn(server)]
    const heal = () => Promise.all([inPostgres.heal(), inRedis.heal()])
    t.teardown(heal)
    await Promise.all([inPostgres.strike(), inRedis.strike()])
    const { email, access_token: token, refresh_token } = session
    const credentials = { email, password: PASSWORD }
    const requests: Record<string, () => ReturnType<typeof server.call>> = {
      login: () => server.call('POST', '/auth/login', { body: credentials }),
      register: () => server.call('POST', '/auth/register', { body: { ...credentials, email: 'new@example.com' } }),
      refresh: () => server.call('POST', '/auth/refresh', { body: { refresh_token } }),
      'logout by access token': () => server.call('POST', '/auth/logout', { token: leaving.access_token }),
      'logout by refresh token': () =>
        server.call('POST', '/auth/logout', { body: { refresh_token: leaving.refresh_token } }),
      sessions: () => server.call('GET', '/auth/sessions', { token }),
      'end a session': () =>
        server.call('DELETE', `/auth/sessions/${leaving.session_id}`, { token: leaving.access_token }),
      'end all sessions': () => server.call('DELETE', '/auth/sessions', { token: leaving.access_token }),
      password: () =>
        server.call('POST', '/auth/password', {
          token: leaving.access_token,
          body: { current_password: PASSWORD, new_password: `${PASSWORD} anew` },
        }),
      rotate: () => server.call('POST', '/admin/keys/rotate', { token: ADMIN_KEY }),
      'revoke all': () => server.call('POST', '/admin/keys/revoke-all', { token: ADMIN_KEY, body: { reason: 'test' } }),
    }
    for (const round of ['first', 'second']) {
      const answers = await Promise.all(
        Object.entries(requests).map(async ([what, send]) => [what, await timed(send())] as const),
      )
      for (const [what, answer] of answers)
        isUnavailable(t, answer, /postgres|redis|signing-keys/, `${what}, ${round} round`)
      t.comment(`slowest in the ${round} round: ${Math.round(Math.max(...answers.map(([, a]) => a.ms)))} ms`)
      await checkVerifying(t, server, token)
    }
    const capabilities = async () => (await server.call('GET', '/health/ready')).body.capabilities
    // The probe of Postgres comes once a second.
    await until(async () => (await capabilities()).logout === 'unavailable')
    const gone = 'unavailable'
    t.same(await capabilities(), { register: gone, login: gone, refresh: gone, verify: 'ok', logout: gone })

    await heal()
    t.comment(`whole again after ${await whole(server, 5000)} ms`)
    await checkVerifying(t, server, token)
    t.equal(
      (await server.call('POST', '/auth/refresh', { body: { refresh_token } })).status,
      200,
      'nothing was decided',
    )
    t.equal((await server.call('POST', '/auth/login', { body: credentials })).status, 200)
  })
}

t.test('the process has gone through all of it unharmed', async (t) => {
  t.equal(server.child.exitCode, null)
  t.notMatch(server.output(), /"level":(50|60)|Uncaught|UnhandledPromise/)
})
