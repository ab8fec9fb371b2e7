import t from 'tap'
import { newId } from '../../../lib/auth/ids.ts'
import { checkAuditLog } from '../../../lib/store/audit-reader.ts'
import { ADMIN_KEY, newSession, PASSWORD, until } from '../../fixtures/app.ts'
import { isProblem, UTC_TIME, UUID_V7 } from '../expect.ts'
import { startWhole, startWorld, type WorldApp } from '../world.ts'

const world = await startWorld(t)
const headers = { authorization: `Bearer ${ADMIN_KEY}` }
const MEMBERS =
  'account actor address at details id outcome reason request_id seq session_id type user_agent user_id'.split(' ')

interface Event {
  readonly seq: number
  readonly type: string
  readonly outcome: string
  readonly reason: string | null
  readonly user_id: string | null
  readonly account: string | null
}
const page = async ({ call }: WorldApp, query = '') =>
  (await call('GET', `/admin/audit-events${query}`, { headers })).body
const byItself = ({ actor }: { actor: string }) => actor === 'system'
const short = ({ type, outcome, reason, user_id }: Event) => [type, outcome, reason, user_id]

/** Waits until so many events are written, and returns them. */
const written = (app: WorldApp, count: number): Promise<Event[]> =>
  until(async () => {
    const { events } = await page(app)
    return events.length >= count ? events : null
  })

t.test('everything that somebody did or tried is written down, with who, what, why and where from', async (t) => {
  const app = await world.start(t, { ACCOUNT_RATE_LIMIT: '3/1m' })
  const agent = { 'user-agent': 'test/1', 'x-request-id': 'request-4711' }
  const post = (path: string, body?: unknown, token?: string) =>
    app.call('POST', path, { headers: agent, body, ...(token && { token }) })
  const email = 'canary.of.the.audit@example.com'
  const wrong = 'a canary of a wrong password'
  const { id: user } = (await post('/auth/register', { email, password: PASSWORD })).body
  await post('/auth/register', { email, password: PASSWORD })
  await post('/auth/register', { email: 'other@example.com', password: 'short' })
  const login = async () => (await post('/auth/login', { email, password: PASSWORD })).body
  const first = await login()
  await post('/auth/login', { email, password: wrong })
  await post('/auth/login', { email: 'Nobody@Example.com', password: wrong })
  await post('/auth/refresh', { refresh_token: 'garbage' })
  const { body: second } = await post('/auth/refresh', { refresh_token: first.refresh_token })
  await post('/auth/refresh', { refresh_token: second.refresh_token })
  await post('/auth/refresh', { refresh_token: first.refresh_token })
  const third = await login()
  await app.call('DELETE', '/auth/sessions?keep_current=true', { token: third.access_token })
  const fourth = await login()
  await app.call('DELETE', `/auth/sessions/${fourth.session_id}`, { token: third.access_token })
  const change = { current_password: wrong, new_password: `${PASSWORD} anew` }
  await post('/auth/password', change, third.access_token)
  await post('/auth/password', { ...change, current_password: PASSWORD }, third.access_token)
  await post('/auth/logout', undefined, third.access_token)
  const admin = (method: string, path: string, body?: unknown) => app.call(method, path, { headers, body })
  await admin('PUT', `/admin/users/${user}/roles`, { roles: ['admin'] })
  await admin('POST', `/admin/users/${user}/revoke-sessions`)
  await admin('POST', `/admin/users/${user}/disable`)
  await post('/auth/login', { email, password: change.new_password })
  await admin('POST', `/admin/users/${user}/enable`)
  const nobody = newId(0)
  await admin('POST', `/admin/users/${nobody}/disable`)
  for (let i = 0; i < 4; i += 1) await post('/auth/login', { email, password: wrong })
  await admin('POST', '/admin/keys/rotate')
  await admin('POST', '/admin/keys/revoke-all?dry_run=true', { reason: 'an exercise' })
  await admin('POST', '/admin/keys/revoke-all', { reason: 'a "leak"' })
  await app.call('GET', '/admin/keys', { token: wrong })

  const events = await written(app, 27)
  const failed = ['login', 'refused', 'invalid_credentials', user]
  t.strictSame(events.map(short), [
    ['register', 'success', null, user],
    ['register', 'refused', 'email_taken', null],
    ['register', 'refused', 'password_rejected', null],
    ['login', 'success', null, user],
    failed,
    ['login', 'refused', 'invalid_credentials', null],
    ['refresh_reuse', 'refused', 'refresh_token_reused', user],
    ['login', 'success', null, user],
    ['sessions_end', 'success', null, user],
    ['login', 'success', null, user],
    ['session_end', 'success', null, user],
    ['password_change', 'refused', 'invalid_credentials', user],
    ['password_change', 'success', null, user],
    ['logout', 'success', null, user],
    ['user_roles', 'success', null, user],
    ['user_sessions_revoke', 'success', null, user],
    ['user_disable', 'success', null, user],
    ['login', 'refused', 'account_disabled', user],
    ['user_enable', 'success', null, user],
    ['user_disable', 'refused', 'not_found', nobody],
    // The login of the disabled user was an attempt, too.
    failed,
    failed,
    ['login', 'refused', 'too_many_attempts', null],
    ['login', 'refused', 'too_many_attempts', null],
    ['keys_rotate', 'success', null, null],
    ['keys_revoke_all', 'success', null, null],
    ['admin_key_refused', 'refused', 'admin_required', null],
  ])
  for (const event of events) {
    t.strictSame(Object.keys(event).sort(), MEMBERS)
    t.match(event, { id: UUID_V7, at: UTC_TIME, address: '127.0.0.1', user_agent: String, request_id: String })
  }
  t.match(events[0], { request_id: 'request-4711', user_agent: 'test/1', actor: 'user', account: null })
  t.match(events[3], { session_id: first.session_id })
  t.match(events[6], { session_id: first.session_id, actor: 'unknown' })
  t.match(events[14], { actor: 'admin', details: { roles: ['admin'] } })
  t.match(events[25], { actor: 'admin', details: { why: 'a "leak"', sessions: false, epoch: 2 } })
  t.match(events[26], { actor: 'unknown', account: null })
  t.match(events[5]?.account, /^[\w-]{22}$/, 'an unknown account has a name that tells nothing')
  t.equal(events[23]?.account, events[1]?.account, 'the same account has the same')
  t.not(events[5]?.account, events[1]?.account)

  const stored = JSON.stringify(await app.sql('SELECT * FROM audit_events')).toLowerCase()
  for (const secret of ['canary', PASSWORD, ADMIN_KEY, first.access_token, first.refresh_token, 'nobody@']) {
    t.notOk(stored.includes(secret.toLowerCase()), 'no secret and no email is stored')
  }
  t.match(await checkAuditLog(app.env.DATABASE_URL ?? '', app.app.auditKeys.chain), { rows: 27, broken: null })
})

t.test('the log is read page by page, and by user and by type', async (t) => {
  const app = await world.start(t)
  const { userId, access_token: token } = await newSession(app)
  await app.call('POST', '/auth/logout', { token })
  const template = (await written(app, 3))[0]
  await app.app.auditStore.append(
    Array.from({ length: 250 }, () => {
      const { seq: _, ...event } = { ...template, id: newId(Date.now()), details: null, type: 'keys_rotate' }
      return { ...event, user_id: null } as never
    }),
  )
  const sizes: number[] = []
  const seqs: number[] = []
  for (let next: string | null = '0'; next !== null; ) {
    const { events, next: following } = await page(app, `?after=${next}`)
    sizes.push(events.length)
    seqs.push(...events.map(({ seq }: Event) => seq))
    next = following
  }
  t.strictSame(sizes, [100, 100, 53])
  t.strictSame(
    seqs,
    Array.from({ length: 253 }, (_, i) => i + 1),
  )
  const types = ({ events }: { events: Event[] }) => events.map(({ type }) => type)
  t.strictSame(types(await page(app, `?user_id=${userId}`)), ['register', 'login', 'logout'])
  t.strictSame(types(await page(app, `?user_id=${userId}&type=login`)), ['login'])
  t.strictSame(await page(app, '?after=253'), { events: [], next: null })
  t.strictSame((await page(app, '?type=keys_rotate')).events.length, 100)
})

t.test('what is wrong with a query is named', async (t) => {
  const app = await world.start(t)
  const bad = { status: 400, code: 'invalid_request' } as const
  const queries = {
    'after=x': 'after',
    'after=-1': 'after',
    'after=1&after=2': 'after',
    'user_id=5': 'user_id',
    'type=logins': 'type',
    'limit=5': 'limit',
  }
  for (const [query, field] of Object.entries(queries)) {
    isProblem(t, await app.call('GET', `/admin/audit-events?${query}`, { headers }), { ...bad, field }, query)
  }
})

t.test('what costs an attacker nothing does not fill the log', async (t) => {
  const app = await world.start(t, { LOGIN_RATE_LIMIT: '1/1m' })
  for (let i = 0; i < 15; i += 1) await app.call('GET', '/admin/keys', { token: 'x' })
  for (let i = 0; i < 15; i += 1) {
    await app.call('POST', '/auth/login', {
      body: { email: i === 5 ? 'no email' : 'a@example.com', password: 'wrong' },
    })
  }
  const events = await written(app, 21)
  await app.app.auditLog.drain()
  const count = (reason: string) => events.filter((event) => event.reason === reason).length
  t.strictSame([count('admin_required'), count('too_many_attempts'), events.length], [10, 10, 21])
  t.equal(app.app.auditLog.dropped.flood, 9)
  const limited = events.filter((event) => event.reason === 'too_many_attempts')
  t.match(limited[0], { details: { policy: 'address' }, account: /^[\w-]{22}$/ })
  t.equal(limited[4]?.account, null, 'what is no email has no hash')
  const metrics = String((await app.call('GET', '/metrics')).body)
  t.match(metrics, /^tokenforge_audit_dropped_total\{reason="flood"\} 9$/m)
  t.match(metrics, /^tokenforge_audit_events_total\{type="login",outcome="refused"\} 11$/m)
  t.match(metrics, /^tokenforge_audit_chain_seq 21$/m)
  t.match(metrics, /^tokenforge_audit_backlog_events 0$/m)
})

t.test('events that are old enough are deleted at the start, and the rest verifies', async (t) => {
  const earlier = { now: () => Date.now() - 3 * 86_400_000, monotonic: () => performance.now() }
  const app = await world.start(t, {}, { clock: earlier })
  await newSession(app)
  await written(app, 2)
  const second = await startWhole(t, { ...app.env, AUDIT_RETENTION: '2d', LOG_LEVEL: 'info' })
  await until(async () => (await page(app)).events.length === 0)
  t.match(await checkAuditLog(app.env.DATABASE_URL ?? '', app.app.auditKeys.chain), { rows: 0, broken: null, seq: 2 })
  await until(() => second.logs.some(({ msg }) => /deleted events/.test(String(msg))))
})

t.test('a rotation by the schedule is written down as done by the server itself', async (t) => {
  const app = await world.start(t, { KEY_ROTATION_INTERVAL: '300ms', HEALTH_PROBE_INTERVAL: '50ms' })
  const event = await until(async () => (await page(app, '?type=keys_rotate')).events.find(byItself))
  t.match(event, { type: 'keys_rotate', outcome: 'success', user_id: null, address: '', request_id: '' })
  t.match(event.details, { why: 'schedule', epoch: /^\d+$/, kid: /./ })
})
