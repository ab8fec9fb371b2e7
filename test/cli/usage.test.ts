import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { freePort } from '../../local/ports.ts'
import { command, startCommand } from './command.ts'

const COMMANDS = ['show', 'disable', 'enable', 'revoke-sessions', 'roles', 'import', 'export']

t.test('the program ends with the code of the command', async (t) => {
  const [good, bad] = [startCommand(t, ['--help']), startCommand(t, ['users', 'delete', 'x'])]
  t.match(await good.ended, { out: /^usage: tokenforge COMMAND/, err: '', code: 0 })
  t.match(await bad.ended, { out: '', err: /^tokenforge: there is no such command/, code: 2 })
})

t.test('help names every command, and each command has its own', async (t) => {
  for (const words of [[], ['--help'], ['help'], ['-h']]) {
    const { out, err, code } = await command(words)
    t.match({ err, code }, { err: '', code: 0 })
    for (const name of COMMANDS) t.match(out, `users ${name} `)
    for (const name of ['list', 'rotate', 'revoke-all']) t.match(out, `keys ${name} `)
    t.match(out, 'passwords filter ')
  }
  t.notMatch((await command(['keys', '--help'])).out, 'users show')
  const own = await command(['users', 'import', '--help'])
  t.match(own, { out: /^usage: tokenforge users import FILE .*--restart/, err: '', code: 0 })
  t.match(await command(['users', 'show', '-h']), { out: /^usage: tokenforge users show/, code: 0 })
})

t.test('what is wrong with a command line is said in a line, and nothing is done', async (t) => {
  for (const [line, error] of [
    ['users', /no such command/],
    ['users delete x', /no such command/],
    ['keys', /no such command/],
    ['users show', /^tokenforge: usage: tokenforge users show ID\|EMAIL/],
    ['users show a b', /usage: tokenforge users show/],
    ['users show a --loud', /Unknown option '--loud'; see tokenforge users show --help/],
    ['users roles a', /name all the roles that the user is to have, or give --none/],
    ['users roles a b --none', /name all the roles/],
    ['users import', /usage: tokenforge users import FILE/],
    ['users export --output', /argument missing/],
    ['keys revoke-all', /--reason: say why/],
    ['keys list', /TOKENFORGE_URL: is missing in the environment/],
    ['users export', /DATABASE_URL: is missing in the environment/],
    ['users import package.json', /DATABASE_URL: is missing in the environment/],
    ['users import no-such-file', /no-such-file/],
    ['users import no-such-file --dry-run', /no-such-file/],
  ] as const) {
    const { out, err, code } = await command(line.split(' '))
    t.match({ out, err, code }, { out: '', err: error, code: 2 }, line)
    t.match(err, /^tokenforge: [^\n]+\n$/, line)
  }
  const env = { TOKENFORGE_URL: 'http://127.0.0.1:3000' }
  t.match(await command(['keys', 'list'], env), { err: /ADMIN_API_KEY: is missing/, code: 2 })
  for (const TOKENFORGE_URL of ['localhost:3000', 'ftp://host', 'http://host/?a=b']) {
    t.match(await command(['keys', 'list'], { TOKENFORGE_URL }), { err: /TOKENFORGE_URL: must be a URL/, code: 2 })
  }
})

async function answering(t: Test, status: number, headers: Record<string, string>, body: string): Promise<string> {
  const server = createServer((_, response) => response.writeHead(status, headers).end(body))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

t.test('who can not be reached, or is somebody else', async (t) => {
  const ADMIN_API_KEY = 'canary-key'
  const run = (TOKENFORGE_URL: string) => command(['keys', 'list'], { TOKENFORGE_URL, ADMIN_API_KEY })
  const nobody = await run(`http://127.0.0.1:${await freePort()}`)
  t.match(nobody, { out: '', err: /can not be reached: ECONNREFUSED/, code: 3 })
  const other = await run(await answering(t, 200, {}, '<html>'))
  t.match(other, { err: /answers 200, but not as TokenForge does/, code: 3 })
  const proxy = await run(await answering(t, 502, {}, 'bad gateway'))
  t.match(proxy, { err: /answers 502, but not as TokenForge does/, code: 3 })
  const elsewhere = await run(await answering(t, 302, { location: 'http://127.0.0.1:1/' }, ''))
  t.match(elsewhere, { err: /can not be reached/, code: 3 }, 'the key goes nowhere else')
  for (const { err } of [nobody, other, proxy, elsewhere]) t.notMatch(err, ADMIN_API_KEY)

  const DATABASE_URL = `postgres://someone:canary@127.0.0.1:${await freePort()}/none`
  const without = await command(['users', 'export'], { DATABASE_URL })
  t.match(without, { out: '', err: /postgres: connect ECONNREFUSED .*; nothing was exported/, code: 3 })
  t.notMatch(without.err, 'canary')
})
