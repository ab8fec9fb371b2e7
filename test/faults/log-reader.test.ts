import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { startServerProcess } from '../fixtures/server-process.ts'
import { temporaryFolder } from '../fixtures/temporary-folder.ts'
import { startWorld } from './world.ts'

// Whoever reads the log can stop or go. Standard output is a pipe of 64 KiB, and who waits for room in one stands still.

const MORE_THAN_A_PIPE_HOLDS = 600

const { env } = await startWorld(t, { LOG_LEVEL: 'info' })

/** A server, and a reader of its log that reads nothing until it goes. */
async function unread(t: Test) {
  const path = join(temporaryFolder(t), 'log')
  execFileSync('mkfifo', [path])
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const writer = openSync(path, constants.O_WRONLY)
  const server = await startServerProcess(t, env, { stdout: writer })
  closeSync(writer)
  return { server, readerGoes: () => closeSync(reader) }
}

t.test('a reader of the log that stops, and one that goes, stop nobody', async (t) => {
  const { server, readerGoes } = await unread(t)
  const statuses = new Set<number>()
  for (let i = 0; i < MORE_THAN_A_PIPE_HOLDS; i += 1) statuses.add((await server.call('GET', '/auth/me')).status)
  t.strictSame([...statuses], [401], 'while nobody reads')
  readerGoes()
  for (let i = 0; i < 10; i += 1) statuses.add((await server.call('GET', '/auth/me')).status)
  t.strictSame([...statuses], [401], 'once nobody will')
  t.match(await server.call('GET', '/metrics'), { body: /^tokenforge_log_lines_lost_total [1-9]/m })
  t.equal(await server.end(), 0)
})

t.test('a log on a full disk stops nobody', async (t) => {
  const full = openSync('/dev/full', constants.O_WRONLY)
  const server = await startServerProcess(t, env, { stdout: full })
  closeSync(full)
  for (let i = 0; i < 10; i += 1) t.equal((await server.call('GET', '/auth/me')).status, 401)
  t.match(await server.call('GET', '/metrics'), { body: /^tokenforge_log_lines_lost_total [1-9]\d/m })
  t.equal(await server.end(), 0)
})

t.test('a server whose log nobody reads ends all the same', async (t) => {
  const { server, readerGoes } = await unread(t)
  for (let i = 0; i < MORE_THAN_A_PIPE_HOLDS; i += 1) await server.call('GET', '/auth/me')
  t.equal(await server.end(), 0)
  readerGoes()
})
