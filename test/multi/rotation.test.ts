import t from 'tap'
import { sessionOn } from '../faults/world.ts'
import { ADMIN_KEY, until } from '../fixtures/app.ts'
import { revokeAll, ringOf, rotate, sharedEnvironment, startPair, statusOf } from './instances.ts'

// Instances that change the ring together make one change, and what one signs every other accepts at once.

t.test('two instances', async (t) => {
  const env = await sharedEnvironment(t)
  const pair = await startPair(t, env)
  const [a, b] = pair
  await sessionOn(a)

  await t.test('that rotate at the same moment make one rotation', async (t) => {
    for (let round = 1; round <= 5; round += 1) {
      const { version } = await ringOf(a)
      const tokens = await Promise.all(pair.map(async (server) => (await sessionOn(server)).access_token))
      const answers = await Promise.all(pair.map(rotate))
      t.same(
        answers.map(({ status }) => status),
        [200, 200],
      )
      const fresh = await Promise.all(pair.map(async (server) => (await sessionOn(server)).access_token))
      for (const server of pair) {
        for (const token of fresh) t.equal(await statusOf(server, token), 200, 'a token of the new key, at once')
        for (const token of tokens) t.equal(await statusOf(server, token), 200, 'a token of before')
      }
      await until(async () => (await ringOf(a)).version === (await ringOf(b)).version)
      t.equal((await ringOf(a)).version - version, 1, `one rotation, round ${round}`)
    }
  })

  await t.test('a token signed right after Revoke All is good on the other at once', async (t) => {
    const { email: _, ...session } = await sessionOn(a)
    let { refresh_token } = session
    for (let round = 1; round <= 12; round += 1) {
      const revoked = await revokeAll(a)
      t.equal(revoked.status, 200)
      const { body } = await a.call('POST', '/auth/refresh', { body: { refresh_token } })
      refresh_token = body.refresh_token
      t.equal(await statusOf(b, body.access_token), 200, `on the other, round ${round}`)
      await until(async () => (await ringOf(b)).epoch === revoked.body.epoch)
    }
  })
})

t.test('two instances whose schedule is due together publish each key before it signs', async (t) => {
  const INTERVAL_MS = 1000
  const env = await sharedEnvironment(t, { KEY_ROTATION_INTERVAL: `${INTERVAL_MS}ms`, HEALTH_PROBE_INTERVAL: '200ms' })
  const [first] = await startPair(t, env)
  const leads = new Map<string, number>()
  await until(async () => {
    const { epoch, keys } = await ringOf(first)
    t.equal(epoch, 1)
    for (const { kid, state, created_at, activated_at } of keys) {
      if (state !== 'active' || activated_at === null) continue
      leads.set(kid, Date.parse(activated_at) - Date.parse(created_at))
    }
    return leads.size >= 4
  }, 15_000)
  // The first key of all signs from its making; every other one has been public for a whole interval.
  const [, ...later] = leads.values()
  t.comment(`public before signing: ${later.join(', ')} ms`)
  for (const ms of later) t.ok(ms >= INTERVAL_MS, `public for ${ms} ms before it signed`)

  // The ring has all of them; on a busy machine the looks above may have missed one.
  const signers = (await ringOf(first)).keys.filter(({ activated_at }) => activated_at !== null)
  const rotatedTo = signers.filter(({ created_at, activated_at }) => created_at !== activated_at).map(({ kid }) => kid)
  const kids = await until(async () => {
    const { body } = await first.call('GET', '/admin/audit-events?type=keys_rotate', { token: ADMIN_KEY })
    const written: string[] = body.events.map(({ details }: { details: { kid: string } }) => details.kid)
    return rotatedTo.every((kid) => written.includes(kid)) ? written : null
  })
  t.equal(new Set(kids).size, kids.length, 'each rotation is in the audit log once')
  t.equal(signers.length, rotatedTo.length + 1)
  const [made] = signers.filter(({ kid }) => !rotatedTo.includes(kid))
  t.notOk(kids.includes(made?.kid ?? ''), 'the making of the first key is none')
})
