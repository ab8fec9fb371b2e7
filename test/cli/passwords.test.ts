import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { keyOfPassword, PasswordFilter } from '../../lib/auth/password-filter.ts'
import { testEnvironment, until } from '../fixtures/app.ts'
import { cleanEnvironment, nodeCommand } from '../fixtures/environment.ts'
import { temporaryFolder } from '../fixtures/temporary-folder.ts'
import { command, startCommand } from './command.ts'

const ROOT = join(import.meta.dirname, '../..')
const folder = temporaryFolder(t)
const at = (name: string) => join(folder, name)
const sha1 = (text: string) => createHash('sha1').update(text).digest('hex').toUpperCase()
const make = (...words: string[]) => command(['passwords', 'filter', ...words])
const lines = (count: number, line: (i: number) => string) =>
  `${Array.from({ length: count }, (_, i) => line(i)).join('\n')}\n`

writeFileSync(
  at('words.txt'),
  lines(2000, (i) => `Word ${i}`),
)
writeFileSync(
  at('pwned.txt'),
  lines(3000, (i) => `${sha1(`Leaked ${i}`)}:${i + 1}`),
)
const [words, pwned, filter] = [at('words.txt'), at('pwned.txt'), at('all.filter')]

t.test('lists in clear and of SHA-1 hashes become one filter', async (t) => {
  const { out, err, code } = await make(words, pwned, '--output', filter)
  t.equal(code, 0)
  t.match(out, /^(4999|5000) passwords in 0\.0\d+ MB, one in \d{5} others is refused\n$/)
  t.equal(err, '2000 in clear, 3000 as SHA-1; 0 lines are no UTF-8\n')
  t.equal(statSync(filter).mode & 0o777, 0o644 & ~process.umask())
  const opened = PasswordFilter.open(filter)
  t.teardown(() => opened.close())
  opened.verify()
  for (const each of ['word 0', 'word 1999', 'Leaked 0', 'Leaked 2999'])
    t.ok(await opened.has(keyOfPassword(each)), each)
  for (const each of ['Word 0', 'leaked 0', 'word 2000']) t.notOk(await opened.has(keyOfPassword(each)), each)
  t.match(await make(words, '--output', filter), { err: /all\.filter is there already/, code: 2 })
})

t.test('how often others are refused can be chosen, for more room', async (t) => {
  const rare = at('rare.filter')
  t.match(await make(pwned, '--output', rare, '--false-positives', '0.000000001'), { code: 0 })
  t.ok(statSync(rare).size > statSync(filter).size)
  for (const rate of ['0', '0.5', 'often']) {
    const refused = await make(pwned, '--output', at('none'), '--false-positives', rate)
    t.match(refused, { out: '', err: /--false-positives: must be from/, code: 2 })
  }
})

t.test('what can not become a filter is said in a line, and leaves none behind', async (t) => {
  writeFileSync(at('ntlm.txt'), '8846F7EAEE8FB117AD06BDD830B7586C:9\n')
  for (const [given, error] of [
    [[at('ntlm.txt'), '--output', at('none')], /ntlm\.txt has NTLM hashes; take the list of SHA-1 hashes/],
    [[at('no-such-file'), '--output', at('none')], /ENOENT.*no-such-file/],
    [[words, '--output', at('no/folder')], /ENOENT.*folder/],
    [[words], /say with --output/],
    [['--output', at('none')], /usage: tokenforge passwords filter FILE/],
  ] as const) {
    const { out, err, code } = await make(...given)
    t.match({ out, err, code }, { out: '', err: error, code: 2 })
    t.match(err, /^tokenforge: [^\n]+\n$/)
  }
  t.notOk(existsSync(at('none')))
})

t.test('Ctrl-C leaves no filter behind', async (t) => {
  const pipe = at('endless')
  execFileSync('mkfifo', [pipe])
  const { child, written, ended } = startCommand(t, ['passwords', 'filter', pipe, '--output', at('none')])
  const writer = await open(pipe, 'w')
  child.kill('SIGINT')
  // A read that waits for more must end before the file is closed.
  await until(async () => {
    await writer.write('a line\n').catch(() => {})
    return written.err === 'tokenforge: interrupted: there is no filter\n'
  })
  await writer.close()
  t.match(await ended, { out: '', code: 130 })
  t.notOk(existsSync(at('none')) || existsSync(at('none.partial')))
})

t.test('a server does not start with a damaged filter, and says so in a line', async (t) => {
  const damaged = at('damaged.filter')
  const bytes = readFileSync(filter)
  bytes[5000] = (bytes[5000] ?? 0) ^ 1
  writeFileSync(damaged, bytes)
  const none = { postgres: 'postgres://127.0.0.1:1/none', redis: 'redis://127.0.0.1:1' }
  const start = () => {
    const [file, args] = nodeCommand('server.ts')
    const env = { ...cleanEnvironment(), ...testEnvironment(none, { PASSWORD_BLOCKLIST_FILE: damaged }) }
    return spawnSync(file, args, { cwd: ROOT, env, encoding: 'utf8' })
  }
  const line = 'PASSWORD_BLOCKLIST_FILE: is damaged: the checksum of its page 1 is wrong\n'
  t.match(start(), { stdout: '', stderr: line, status: 1 })
  truncateSync(damaged, 10_000)
  t.match(start(), {
    stdout: '',
    stderr: /^PASSWORD_BLOCKLIST_FILE: has 10000 bytes [^\n]+ it is not whole\n$/,
    status: 1,
  })
})
