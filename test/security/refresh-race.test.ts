import t from 'tap'
import { sessionOn } from '../faults/world.ts'
import { startServerProcess } from '../fixtures/server-process.ts'
import { sharedEnvironment } from '../multi/instances.ts'

// One refresh token presented many times at once, on two instances: one successor, one family, nobody logged out.

const ROUNDS = 4
const AT_ONCE = 100

const env = await sharedEnvironment(t, { SIGNING_ALG: 'ES256' })
// Processes: what runs in one never does two things at the same moment.
const pair = await Promise.all([startServerProcess(t, env), startServerProcess(t, env)])
const [a, b] = pair
const session = await sessionOn(a)
let { refresh_token } = session

for (let round = 1; round <= ROUNDS; round += 1) {
  t.test(`A19: ${AT_ONCE} refreshes of one token at once on two servers, round ${round}`, async (t) => {
    const begin = performance.now()
    const answers = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, i) =>
        (i % 2 === 0 ? a : b).call('POST', '/auth/refresh', { body: { refresh_token } }),
      ),
    )
    const ms = Math.round(performance.now() - begin)
    const granted = answers.filter(({ status }) => status === 200)
    const successors = [...new Set(granted.map(({ body }) => body.refresh_token))]
    t.equal(successors.length, 1, 'one successor')
    t.same(new Set(granted.map(({ body }) => body.session_id)), new Set([session.session_id]), 'of the same session')
    const refused = answers.filter(({ status }) => status !== 200)
    for (const { status } of refused) t.equal(status, 503, 'a refusal is no verdict')
    t.ok(granted.length > 0)
    t.comment(`${granted.length} granted, ${refused.length} refused, within ${ms} ms`)
    refresh_token = successors[0]
  })
}

t.test('A19: the session works afterwards on both servers, and there is one', async (t) => {
  for (const server of [b, a]) {
    const { status, body } = await server.call('POST', '/auth/refresh', { body: { refresh_token } })
    t.equal(status, 200)
    refresh_token = body.refresh_token
    for (const each of pair) t.equal((await each.call('GET', '/auth/me', { token: body.access_token })).status, 200)
    const { sessions } = (await server.call('GET', '/auth/sessions', { token: body.access_token })).body
    t.equal(sessions.length, 1, 'and there is just the one')
  }
})

t.test('A19: neither server has anything to complain of', async (t) => {
  for (const { child, output } of pair) {
    t.equal(child.exitCode, null)
    t.notMatch(output(), /"level":[56]0/)
  }
})
