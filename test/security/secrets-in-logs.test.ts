import t from 'tap'
import { ADMIN_KEY, until } from '../fixtures/app.ts'
import { startOwnWorld, startWhole } from '../routes/world.ts'

const world = await startOwnWorld(t)

t.test('A35: a walk through every route and an outage of both stores logs no secret and no email', async (t) => {
  const env = await world.environment({ LOG_LEVEL: 'trace' })
  const { call, logs, app } = await startWhole(t, env)
  const secrets: Record<string, string> = {
    email: 'canary.of.the.log@example.com',
    password: 'canary-password-4711',
    'wrong password': 'canary-wrong-0815',
    'new password': 'canary-renewed-1234',
    'admin key': ADMIN_KEY,
    'key-encryption key': String(env.KEY_ENCRYPTION_KEY),
    pepper: String(env.PASSWORD_PEPPER),
    'database password': new URL(String(env.DATABASE_URL)).password,
    'redis password': new URL(String(env.REDIS_URL)).password,
  }
  const email = secrets.email ?? ''
  const { password } = secrets
  const admin = { authorization: `Bearer ${ADMIN_KEY}` }
  const post = (path: string, body?: unknown, token?: string) =>
    call('POST', path, { ...(body !== undefined && { body }), ...(token !== undefined && { token }) })
  const statuses: number[] = []
  const keep = async (request: ReturnType<typeof post>) => {
    const answer = await request
    statuses.push(answer.status)
    for (const name of ['access_token', 'refresh_token']) {
      const token = answer.body?.[name]
      if (token === undefined) continue
      secrets[`${name} ${statuses.length}`] = token
      const [, , signature] = String(token).split('.')
      if (signature !== undefined) secrets[`signature ${statuses.length}`] = signature
    }
    return answer
  }

  await keep(post('/auth/register', { email, password }))
  await keep(post('/auth/register', { email, password }))
  await keep(post('/auth/register', { email: 'no email at all', password }))
  await keep(post('/auth/register', { email, password: `${email} ` }))
  const { body: first } = await keep(post('/auth/login', { email: ` ${email.toUpperCase()}`, password }))
  await keep(post('/auth/login', { email, password: secrets['wrong password'] }))
  await keep(post('/auth/login', { email, password: secrets['wrong password'], extra: password }))
  await keep(post('/auth/login', `{"email":"${email}","password":"${password}`))
  const { body: second } = await keep(post('/auth/refresh', { refresh_token: first.refresh_token }))
  await keep(post('/auth/refresh', { refresh_token: second.refresh_token }))
  await keep(post('/auth/verify', { token: second.access_token }))
  await keep(post('/auth/verify', { token: `${second.access_token}x` }))
  await keep(call('GET', `/auth/me?access_token=${second.access_token}`, { token: second.access_token }))
  await keep(call('GET', '/auth/sessions', { token: second.access_token }))
  const change = { current_password: password, new_password: secrets['new password'] }
  await keep(post('/auth/password', change, second.access_token))
  await keep(post('/auth/password', change, second.access_token))
  const { body: third } = await keep(post('/auth/login', { email, password: secrets['new password'] }))
  await keep(post('/auth/refresh', { refresh_token: first.refresh_token }))
  await keep(post('/auth/logout', undefined, third.access_token))
  await keep(post('/auth/logout', { refresh_token: third.refresh_token }))
  await keep(call('GET', '/admin/keys', { headers: admin }))
  await keep(call('POST', '/admin/keys/revoke-all', { headers: admin, body: { reason: 'a test' } }))
  const { body: fourth } = await keep(post('/auth/login', { email, password: secrets['new password'] }))
  await world.postgres.stop()
  await world.redis.stop()
  await until(async () => (await call('GET', '/health/ready')).body.status === 'degraded')
  await keep(post('/auth/register', { email: `2${email}`, password }))
  await keep(post('/auth/login', { email, password: secrets['new password'] }))
  await keep(post('/auth/refresh', { refresh_token: fourth.refresh_token }))
  const { privatePem } = app.keyRing.signingKey()
  await app.close()

  t.strictSame(
    statuses,
    // register ×4, login ×4, refresh ×2, verify ×2, me, sessions, password ×2, login, refresh, logout ×2, admin ×2, login
    [
      ...[201, 409, 400, 400, 200, 401, 400, 400, 200, 200, 200, 401, 200, 200, 204, 401, 200, 401, 204, 204, 200, 200],
      ...[200, 503, 503, 503],
    ],
  )
  secrets['line of a private key'] = privatePem.split('\n')[1] ?? ''
  t.ok(logs.length > statuses.length, 'there is a log')
  for (const [name, secret] of Object.entries(secrets)) {
    t.ok(secret.length > 8, name)
    const lines = logs.filter((line) => JSON.stringify(line).toLowerCase().includes(secret.toLowerCase()))
    t.strictSame(lines, [], name)
  }
})
