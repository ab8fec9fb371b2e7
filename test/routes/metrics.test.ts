import t from 'tap'
import { newSession, until } from '../fixtures/app.ts'
import { startWorld } from './world.ts'

const NAMES = {
  tokenforge_http_request_duration_seconds: 'histogram',
  tokenforge_http_errors_total: 'counter',
  tokenforge_guard_state: 'gauge',
  tokenforge_guard_window_calls: 'gauge',
  tokenforge_guard_in_flight: 'gauge',
  tokenforge_guard_refusals_total: 'counter',
  tokenforge_sessions_missing_total: 'counter',
  tokenforge_shed_total: 'counter',
  tokenforge_postgres_pool_connections: 'gauge',
  tokenforge_probe_duration_seconds: 'gauge',
  tokenforge_http_connections: 'gauge',
  tokenforge_http_connections_dropped_total: 'counter',
  tokenforge_password_hashing_queue: 'gauge',
  tokenforge_audit_events_total: 'counter',
  tokenforge_audit_spilled_total: 'counter',
  tokenforge_audit_dropped_total: 'counter',
  tokenforge_audit_backlog_events: 'gauge',
  tokenforge_audit_spill_bytes: 'gauge',
  tokenforge_audit_spill_max_bytes: 'gauge',
  tokenforge_audit_chain_seq: 'gauge',
  tokenforge_key_ring_epoch: 'gauge',
  tokenforge_key_ring_version: 'gauge',
  tokenforge_key_ring_age_seconds: 'gauge',
  tokenforge_revoked_sessions: 'gauge',
  tokenforge_revocations_unannounced: 'gauge',
  tokenforge_revocation_lag_seconds: 'gauge',
  tokenforge_revocation_streams: 'gauge',
  process_cpu_seconds_total: 'counter',
  nodejs_eventloop_lag_seconds: 'gauge',
}
const SAMPLE = /^([a-zA-Z_:][\w:]*)(\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*\})? (-?\d\S*|NaN|[+-]Inf)$/
const COMMENT = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.+)$/

const world = await startWorld(t)
const app = await world.start(t)
const scrape = async () => String((await app.call('GET', '/metrics')).body)
const sample = (text: string, series: string) =>
  Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${series} `))
      ?.split(' ')[1],
  )

t.test('the metrics are valid Prometheus text', async (t) => {
  const { status, headers, body } = await app.call('GET', '/metrics')
  t.equal(status, 200)
  t.match(headers.get('content-type'), /^text\/plain; version=0\.0\.4; charset=utf-8$/)
  t.ok(body.endsWith('\n'))
  const types = new Map<string, string>()
  const series = new Set<string>()
  for (const line of body.split('\n').filter(Boolean)) {
    const [, keyword, metric = '', rest = ''] = COMMENT.exec(line) ?? []
    if (keyword === 'TYPE') {
      t.notOk(types.has(metric), `${metric} has one type`)
      types.set(metric, rest)
    } else if (keyword === undefined) {
      const [, name = '', labels = '', value] = SAMPLE.exec(line) ?? []
      t.ok(value !== undefined && (value === 'NaN' || /Inf$/.test(value) || Number.isFinite(Number(value))), line)
      t.ok(types.has(name) || types.has(name.replace(/_(bucket|sum|count)$/, '')), `${name} comes after its type`)
      t.notOk(series.has(name + labels), `${name}${labels} is there once`)
      series.add(name + labels)
    }
  }
  for (const [name, type] of Object.entries(NAMES)) t.equal(types.get(name), type, name)
})

t.test('they count what happens', async (t) => {
  const session = await newSession(app)
  const { access_token: token } = session
  await app.call('POST', '/auth/login', { body: { email: session.email, password: 'wrong password' } })
  const login = 'method="POST",route="/auth/login"'
  const text = await until(async () => {
    const text = await scrape()
    return text.includes(`{${login},status="401"}`) ? text : null
  })
  t.equal(sample(text, `tokenforge_http_request_duration_seconds_count{${login},status="200"}`), 1)
  t.equal(sample(text, `tokenforge_http_request_duration_seconds_count{${login},status="401"}`), 1)
  t.equal(sample(text, 'tokenforge_http_errors_total{code="invalid_credentials"}'), 1)
  for (const dependency of ['postgres', 'redis', 'signing-keys']) {
    t.equal(sample(text, `tokenforge_guard_state{dependency="${dependency}",state="closed"}`), 1)
    t.equal(sample(text, `tokenforge_guard_state{dependency="${dependency}",state="open"}`), 0)
  }
  t.ok(sample(text, 'tokenforge_guard_window_calls{dependency="redis",outcome="success"}') > 0)
  t.equal(sample(text, 'tokenforge_key_ring_epoch'), 1)
  t.equal(sample(text, 'tokenforge_revoked_sessions'), 0)
  await app.call('POST', '/auth/logout', { token })
  t.equal(sample(await scrape(), 'tokenforge_revoked_sessions'), 1)
})

t.test('no path that a client makes up becomes a label', async (t) => {
  for (const path of ['/made-up-path', '/auth/sessions/made-up-path', '/auth/revocations?since=made-up-path']) {
    await app.call('GET', path)
  }
  t.notMatch(await scrape(), /made-up/)
})
