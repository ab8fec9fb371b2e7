import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ADMIN_KEY } from '../fixtures/app.ts'
import { FOREIGN } from '../fixtures/foreign-hashes.ts'
import { postgresHandle } from '../fixtures/handles.ts'
import { temporaryFolder } from '../fixtures/temporary-folder.ts'
import { userLine, writeLines } from '../fixtures/user-files.ts'
import { startWhole, startWorld } from '../routes/world.ts'
import { command } from './command.ts'

const environment = await (await startWorld(t)).environment()
const { DATABASE_URL = '', KEY_ENCRYPTION_KEY = '' } = environment
const { pool } = await postgresHandle(t, DATABASE_URL)
const folder = temporaryFolder(t)
const run = (...words: string[]) => command(words, { DATABASE_URL, KEY_ENCRYPTION_KEY })
const count = async () => Number((await pool.query('SELECT count(*) FROM users')).rows[0].count)

t.test('who comes from another system logs in with the old password, whose hash is then replaced', async (t) => {
  const file = join(folder, 'foreign.jsonl')
  const id = '3f2504e0-4f89-41d3-9a0c-0305e82c3301'
  writeLines(
    file,
    FOREIGN.map(({ hash }, i) => userLine(i, { password_hash: hash, roles: ['moved'], ...(i === 0 && { id }) })),
  )
  t.match(await run('users', 'import', file), {
    out: `${FOREIGN.length} imported, 0 there already, 0 refused\n`,
    err: '',
    code: 0,
  })
  const server = await startWhole(t, environment)
  for (const [i, { password, scheme }] of FOREIGN.entries()) {
    const email = `user${i}@example.com`
    const login = (given: string) => server.call('POST', '/auth/login', { body: { email, password: given } })
    t.equal((await login('wrong')).status, 401, scheme)
    const { status, body } = await login(password)
    t.equal(status, 200, scheme)
    const { rows } = await pool.query('SELECT id, password_hash FROM users WHERE email = $1', [email])
    t.match(rows[0].password_hash, /^hmac-sha384:[0-9a-f]{8}:\$2b\$04\$/, `${scheme}: replaced`)
    t.equal((await login(password)).status, 200, `${scheme}: once more`)
    t.equal((await login('wrong')).status, 401, scheme)
    const me = await server.call('GET', '/auth/me', { token: body.access_token })
    t.match(me.body, { sub: rows[0].id, roles: ['moved'] })
    if (i === 0) t.equal(me.body.sub, id, 'an id of another system, which is no UUIDv7, stays')
  }
  const refresh = (refresh_token: string) => server.call('POST', '/auth/refresh', { body: { refresh_token } })
  const { body } = await server.call('POST', '/auth/login', {
    body: { email: 'user0@example.com', password: 'password' },
  })
  t.equal((await refresh(body.refresh_token)).status, 200)
  t.equal((await server.call('GET', `/admin/users/${id}`, { token: ADMIN_KEY })).status, 200)
  await server.app.close()
  await pool.query('TRUNCATE users, user_imports')
})

t.test('refused lines are in a report, and a later command tells the same', async (t) => {
  const file = join(folder, 'refused.jsonl')
  writeLines(file, [userLine(1), userLine(1, { password_hash: 'plain text' }), '?', userLine(2)])
  const dry = await run('users', 'import', file, '--dry-run')
  t.match(dry, { err: /^2 lines are well, 2 would be refused/, code: 1 })
  t.equal(await count(), 0)
  for (const _ of [1, 2]) {
    const { out, err, code } = await run('users', 'import', file)
    t.match({ out, code }, { out: '2 imported, 0 there already, 2 refused\n', code: 1 })
    t.match(err, `the refused lines are in ${file}.refused.jsonl\n`)
    t.equal(readFileSync(`${file}.refused.jsonl`, 'utf8'), dry.out)
  }
  const restart = await run('users', 'import', file, '--restart', '--report', join(folder, 'other'))
  t.match(restart, { out: '0 imported, 2 there already, 2 refused\n', code: 1 })
  t.equal(readFileSync(join(folder, 'other'), 'utf8'), dry.out)
  const another = join(folder, 'another.jsonl')
  writeLines(another, ['?'])
  const given = ['users', 'import', another, '--report', `${file}.refused.jsonl`]
  t.match(await run(...given), { err: /is there already: move it, or give --report/, code: 2 })
  await pool.query('TRUNCATE users, user_imports')
})
