import t from 'tap'
import { ADMIN_KEY, PASSWORD, testEnvironment, until } from '../fixtures/app.ts'
import { startServerProcess } from '../fixtures/server-process.ts'
import { startServers } from '../fixtures/servers.ts'
import { sharedDatabase } from '../fixtures/shared-postgres.ts'
import { raw } from './raw.ts'

// The log as it leaves the process: one JSON object a line, whatever a client writes.
const { redis } = await startServers(t, { redis: true })
const url = await sharedDatabase(t)
const env = testEnvironment({ postgres: url, redis: redis.url }, { LOG_LEVEL: 'debug' })
const server = await startServerProcess(t, env)

const NASTY = [
  '\r\n{"level":60,"msg":"forged"}',
  '\n2026-01-01 ERROR forged',
  '\u001b[2J\u001b[31mforged\u0007',
  '\u202Edegrof',
  '\u0000forged',
  '"},{"level":60,"msg":"forged',
  '%0d%0aforged',
  `\${jndi:ldap://127.0.0.1:1/forged}`,
  '<script>forged</script>',
]

t.test('A35: line breaks, escape sequences, bidi marks, quotes in every text that a client can send', async (t) => {
  const before = server.output().length
  for (const text of NASTY) {
    const headers = {
      'user-agent': encodeURIComponent(text),
      'x-request-id': 'a'.repeat(70),
      'idempotency-key': 'forged',
    }
    const body = { email: `${text}@example.com`, password: `${PASSWORD}${text}` }
    await server.call('POST', '/auth/register', { body, headers })
    await server.call('POST', '/auth/login', { body, headers })
    await server.call('POST', '/auth/refresh', { body: { refresh_token: text, [text]: text } })
    await server.call('GET', '/auth/me', { token: encodeURIComponent(text) })
    await server.call('GET', `/${encodeURIComponent(text)}?forged=${encodeURIComponent(text)}`)
    await server.call('DELETE', `/auth/sessions/${encodeURIComponent(text)}`)
    await server.call('POST', '/auth/login', { body: `{"email":"${text}` })
    await server.call('POST', '/admin/keys/revoke-all', { token: ADMIN_KEY, body: { reason: text } })
    const bytes = Buffer.from(text.replace(/[\r\n\0]/g, ''))
    const header = Buffer.concat([Buffer.from('X-Request-Id: '), bytes, Buffer.from('\r\nUser-Agent: '), bytes])
    const start = Buffer.from('GET /auth/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\n')
    await raw(server.url, Buffer.concat([start, header, Buffer.from('\r\n\r\n')]))
  }
  t.equal((await server.call('GET', '/health/live', { headers: { 'x-request-id': 'the-last' } })).status, 200)
  const text = await until(() => (server.output().includes('"request_id":"the-last"') ? server.output() : undefined))
  const lines = text.slice(before).split('\n').filter(Boolean)
  t.ok(lines.length > NASTY.length * 8, `${lines.length} lines`)
  for (const line of lines) {
    t.notMatch(line, /\p{C}/u, 'nothing that a terminal obeys')
    const { level, msg, request_id } = JSON.parse(line)
    t.ok(level < 50 && !/forged/.test(msg), line.slice(0, 80))
    if (request_id !== undefined) t.match(request_id, /^[A-Za-z0-9._-]{1,64}$/)
  }
  t.equal(server.child.exitCode, null)
})
