import { decodeJwt } from 'jose'
import t from 'tap'
import { sessionOn } from '../faults/world.ts'
import { ADMIN_KEY, PASSWORD, until } from '../fixtures/app.ts'
import { sharedEnvironment, startPair, statusOf } from './instances.ts'

// What an admin does on one instance, the other knows within a second.

const BOUND_MS = 1000
const RUNS = 4
const [a, b] = await startPair(t, await sharedEnvironment(t))
const headers = { authorization: `Bearer ${ADMIN_KEY}` }

for (const action of ['disable', 'revoke-sessions']) {
  t.test(`${action} on one instance reaches the other`, async (t) => {
    const times: number[] = []
    for (let run = 0; run < RUNS; run += 1) {
      const { userId, email, access_token: token, refresh_token } = await sessionOn(b)
      t.equal(await statusOf(a, token), 200)
      t.equal((await a.call('POST', `/admin/users/${userId}/${action}`, { headers })).status, 200)
      const begin = performance.now()
      t.equal((await b.call('POST', '/auth/refresh', { body: { refresh_token } })).status, 401, 'no refresh at once')
      t.equal(await statusOf(a, token), 401, 'at once where it was done')
      await until(async () => (await statusOf(b, token)) === 401, 5000)
      times.push(Math.round(performance.now() - begin))
      const login = await b.call('POST', '/auth/login', { body: { email, password: PASSWORD } })
      t.equal(login.status, action === 'disable' ? 403 : 200)
    }
    const max = Math.max(...times)
    t.comment(`maximum of ${RUNS} runs: ${max} ms (${times.join(', ')})`)
    t.ok(max < BOUND_MS, `within ${max} ms`)
  })
}

t.test('logins under way on the other instance leave no session to a user who is disabled meanwhile', async (t) => {
  const { userId, email } = await sessionOn(b)
  const body = { email, password: PASSWORD }
  const logins = Array.from({ length: 8 }, () => b.call('POST', '/auth/login', { body }))
  t.equal((await a.call('POST', `/admin/users/${userId}/disable`, { headers })).status, 200)
  const refreshTokens = (await Promise.all(logins)).flatMap(({ body }) => body.refresh_token ?? [])
  for (const refresh_token of refreshTokens) {
    t.equal((await b.call('POST', '/auth/refresh', { body: { refresh_token } })).status, 401)
  }
})

t.test('roles that one instance has changed are in the next token of the other', async (t) => {
  const { userId, refresh_token } = await sessionOn(b)
  const body = { roles: ['editor'] }
  t.equal((await a.call('PUT', `/admin/users/${userId}/roles`, { headers, body })).status, 200)
  const refreshed = await b.call('POST', '/auth/refresh', { body: { refresh_token } })
  t.strictSame(decodeJwt(refreshed.body.access_token).roles, ['editor'])
})
