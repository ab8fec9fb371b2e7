import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import t from 'tap'
import { testEnvironment } from '../fixtures/app.ts'
import { temporaryFolder } from '../fixtures/temporary-folder.ts'
import { command } from './command.ts'

t.test('a new secret is one line to keep', async (t) => {
  const { out, err, code } = await command(['cli/secrets.ts', 'new', 'kek'])
  t.match(out, /^KEY_ENCRYPTION_KEY=\S{44}\n$/)
  t.strictSame([err, code], ['', 0])
})

t.test('a change is written into the file, which stays closed to others', async (t) => {
  const cwd = temporaryFolder(t)
  const file = join(cwd, '.env')
  writeFileSync(file, '# mine\nADMIN_API_KEY=old\n', { mode: 0o644 })
  t.strictSame(await command(['cli/secrets.ts', 'change', 'admin', 'begin'], { cwd }), { out: '', err: '', code: 0 })
  t.match(parseEnv(readFileSync(file, 'utf8')), { ADMIN_API_KEY: 'old', ADMIN_API_KEY_SECOND: /^[0-9a-f]{64}$/ })
  t.equal(statSync(file).mode & 0o777, 0o600)
  t.notOk(existsSync(`${file}.new`))

  const again = await command(['cli/secrets.ts', 'change', 'admin', 'begin', file])
  t.match(again, { err: 'ADMIN_API_KEY_SECOND: is set, a change has begun already\n', code: 1 })
})

t.test('what is asked for wrongly is told in a few lines', async (t) => {
  for (const args of [
    ['new', 'none'],
    ['change', 'redis', 'begin'],
  ]) {
    const { out, err, code } = await command(['cli/secrets.ts', ...args])
    t.match(err, /^usage: npm run secrets:new/)
    t.strictSame([out, code], ['', 1])
  }
  const { err, code } = await command(['cli/secrets.ts', 'change', 'kek', 'begin', 'no-such-file'])
  t.match(err, /^ENOENT.*\n$/)
  t.equal(code, 1)
})

t.test('sealing anew without stores, or with wrong settings, changes nothing and says so', async (t) => {
  const env = testEnvironment({ postgres: 'postgres://127.0.0.1:1/none', redis: 'redis://127.0.0.1:1' })
  const bad = await command(['cli/reseal.ts'], { env: { ...env, KEY_ENCRYPTION_KEY: 'short' } })
  t.strictSame(bad, {
    out: '',
    err: 'KEY_ENCRYPTION_KEY: must be 32 bytes in base64 (openssl rand -base64 32)\n',
    code: 1,
  })
  const gone = await command(['cli/reseal.ts'], { env })
  t.strictSame(gone, { out: '', err: 'postgres and redis must both be reached: nothing was changed\n', code: 1 })
})
