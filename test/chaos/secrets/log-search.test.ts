import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { AuthInstance } from '../../../chaos/lab/lab.ts'
import { LogSearch } from '../../../chaos/secrets/log-search.ts'

const SECRETS = { 'the pepper': 'pepper-of-this-test' }

/** A server that writes a line for each request, as late as it likes, and says what else is in its log. */
async function startLogging(t: Test, writes: (line: string) => void): Promise<AuthInstance> {
  const server = createServer(({ headers }, answer) => {
    answer.end()
    writes(JSON.stringify({ request_id: headers['x-request-id'] }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => void server.close())
  const { port } = server.address() as AddressInfo
  return { name: 'auth-1', url: `http://127.0.0.1:${port}` } as AuthInstance
}

t.test('a log is searched as far as a request that is sent for it, and from there the next time', async (t) => {
  const file = join(t.testdir(), 'auth-1.log')
  const instance = await startLogging(t, (line) => {
    appendFileSync(file, line.slice(0, 20))
    setImmediate(() => appendFileSync(file, `${line.slice(20)}\n`))
  })
  const search = new LogSearch({ instances: [instance], logFiles: new Map([['auth-1', file]]), secrets: SECRETS })
  appendFileSync(file, 'one line\nthe pepper-of-this-test is in the next\n')
  const [first] = await search.search()
  t.match(first, { type: 'log_search', instance: 'auth-1', secrets: 1, lines: 3, isWhole: true })
  t.strictSame(first?.found, ['the pepper in line 2'])
  t.notMatch(JSON.stringify(first), 'pepper-of-this-test', 'it does not tell the secret')
  search.secrets.add('a password', 'quiet herons a1b2c3d4e5f6')
  appendFileSync(file, `${'x'.repeat(200_000)} ünï a1b2c3d4e5f6\n`)
  const [second] = await search.search()
  t.match(second, { secrets: 2, lines: 2, isWhole: true, found: ['a password in line 4'] })
  t.ok((second?.bytes ?? 0) > 200_000)
})

t.test('of an instance that does not answer the log is searched as it is, of a service as well', async (t) => {
  const folder = t.testdir({ 'auth-1.log': '{"level":30}\n', 'backend.log': 'a\nb\n' })
  const logFiles = new Map(['auth-1', 'backend', 'silent'].map((name) => [name, join(folder, `${name}.log`)]))
  const gone = { name: 'auth-1', url: 'http://127.0.0.1:1' } as AuthInstance
  const searches = await new LogSearch({ instances: [gone], logFiles, secrets: SECRETS }).search()
  t.strictSame(
    searches.map(({ instance, lines, isWhole }) => [instance, lines, isWhole]),
    [
      ['auth-1', 1, true],
      ['backend', 2, true],
      ['silent', 0, true],
    ],
  )
})

t.test('a log that does not get the request is not whole', async (t) => {
  const file = join(t.testdir({ 'auth-1.log': '{"level":30}\n' }), 'auth-1.log')
  const instance = await startLogging(t, () => {})
  const lab = { instances: [instance], logFiles: new Map([['auth-1', file]]), secrets: SECRETS }
  const [search] = await new LogSearch(lab, 0).search()
  t.match(search, { lines: 1, isWhole: false, found: [] })
})
