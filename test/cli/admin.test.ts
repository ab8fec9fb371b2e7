import t from 'tap'
import { sessionOn } from '../faults/world.ts'
import { ADMIN_KEY, PASSWORD, until } from '../fixtures/app.ts'
import { startWorld } from '../routes/world.ts'
import { command } from './command.ts'

// The commands that go over the admin API, on a running server.

const server = await (await startWorld(t)).start(t)
const env = { TOKENFORGE_URL: `${server.url}/`, ADMIN_API_KEY: ADMIN_KEY }
const run = (...words: string[]) => command(words, env)
const login = (email: string) => server.call('POST', '/auth/login', { body: { email, password: PASSWORD } })

t.test('a user is shown, by id or email, for people and for programs', async (t) => {
  const { userId, email } = await sessionOn(server)
  for (const who of [userId, userId.toUpperCase(), email, ` ${email.toUpperCase()}`]) {
    const { out, err, code } = await run('users', 'show', who)
    t.match({ err, code }, { err: '', code: 0 }, who)
    t.match(out, new RegExp(`^id +${userId}\nemail +${email}\nroles +none\ndisabled +no\ncreated +\\d{4}-.*Z\n$`), who)
  }
  const { out } = await run('users', 'show', email, '--json')
  t.match(JSON.parse(out), { id: userId, email, roles: [], disabled: false })
})

t.test('disable, enable, revoke sessions, roles', async (t) => {
  const { userId, email, refresh_token } = await sessionOn(server)
  t.match(await run('users', 'disable', email), { out: /disabled +since \d{4}/, code: 0 })
  t.equal((await server.call('POST', '/auth/refresh', { body: { refresh_token } })).status, 401)
  t.equal((await login(email)).status, 403)
  t.match(await run('users', 'enable', userId), { out: /disabled +no/, code: 0 })
  const { body: session } = await login(email)
  t.match(await run('users', 'roles', email, 'admin', 'team:a/b'), { out: /roles +admin, team:a\/b\n/, code: 0 })
  t.match(JSON.parse((await run('users', 'roles', email, '--none', '--json')).out), { roles: [] })
  t.match(await run('users', 'revoke-sessions', email), { code: 0 })
  const body = { refresh_token: session.refresh_token }
  t.equal((await server.call('POST', '/auth/refresh', { body })).status, 401)
})

t.test('what the server refuses is said, with its code', async (t) => {
  const { email } = await sessionOn(server)
  t.match(await run('users', 'show', 'nobody@example.com'), {
    out: '',
    err: /^tokenforge: not_found: there is no such user \(request [\w-]+\)\n$/,
    code: 1,
  })
  t.match(await run('users', 'show', 'no email'), { err: /invalid_request: email: must be an email/, code: 1 })
  t.match(await run('users', 'roles', email, 'not a role'), { err: /invalid_request: roles\.0: /, code: 1 })
  const wrong = { ...env, ADMIN_API_KEY: 'canary'.repeat(10) }
  const refused = await command(['keys', 'list'], wrong)
  t.match(refused, { out: '', err: /admin_required/, code: 1 })
  t.notMatch(refused.err, 'canary')
})

t.test('keys: list, rotate, revoke all', async (t) => {
  const list = await run('keys', 'list')
  t.match(list, {
    out: /^epoch 1, version \d+\nstate +alg +kid +signs since +retired\nactive +ES256/,
    err: '',
    code: 0,
  })
  const before = JSON.parse((await run('keys', 'list', '--json')).out)
  const rotated = JSON.parse((await run('keys', 'rotate', '--json')).out)
  t.equal(rotated.version, before.version + 1)
  t.match((await run('keys', 'rotate')).out, /retired/)

  const { access_token: token } = await sessionOn(server)
  const dry = await run('keys', 'revoke-all', '--reason', 'an exercise', '--dry-run')
  t.match(dry, { out: /would void: keys +\d+\nwould void: access_tokens_at_most +\d+/, code: 0 })
  t.equal((await server.call('GET', '/auth/me', { token })).status, 200)
  const done = await run('keys', 'revoke-all', '--reason', 'a leak', '--sessions')
  t.match(done, { out: /^epoch +2\nsigns now +\S+\nkept in +redis, postgres\n$/, code: 0 })
  t.equal((await server.call('GET', '/auth/me', { token })).status, 401)
  const events = await until(async () => {
    const { body } = await server.call('GET', '/admin/audit-events?type=keys_revoke_all', { token: ADMIN_KEY })
    return body.events.length > 0 ? body.events : null
  })
  t.match(events, [{ actor: 'admin', details: { why: 'a leak', sessions: true } }])
})
