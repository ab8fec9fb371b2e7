import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { developmentSecrets } from '../../local/secrets.ts'

t.test('secrets are made once, strong enough, and for our eyes only', async (t) => {
  const file = join(t.testdir(), 'secrets.env')
  const first = developmentSecrets(file)
  t.equal(first.made, true)
  t.equal(Buffer.from(first.secrets.KEY_ENCRYPTION_KEY, 'base64').length, 32)
  t.ok(first.secrets.ADMIN_API_KEY.length >= 32)
  t.equal(new Set(Object.values(first.secrets)).size, Object.keys(first.secrets).length)
  t.equal(statSync(file).mode & 0o777, 0o600)

  const second = developmentSecrets(file)
  t.same(second, { secrets: first.secrets, made: false })
})

t.test('one that is missing is added, the others stay', async (t) => {
  const file = join(t.testdir(), 'secrets.env')
  const { secrets } = developmentSecrets(file)
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^ADMIN_API_KEY=.*\n/m, ''))
  const again = developmentSecrets(file)
  t.equal(again.made, true)
  t.not(again.secrets.ADMIN_API_KEY, secrets.ADMIN_API_KEY)
  t.same({ ...again.secrets, ADMIN_API_KEY: '' }, { ...secrets, ADMIN_API_KEY: '' })
})

t.test('a file that cannot be read is not replaced', async (t) => {
  t.throws(() => developmentSecrets(t.testdir()), { code: 'EISDIR' })
})
