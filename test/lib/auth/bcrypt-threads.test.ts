import { readdirSync, readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import bcrypt from 'bcrypt'
import t from 'tap'
import { BCRYPT_THREADS, bcryptThreads } from '../../../lib/auth/bcrypt-threads.ts'
import * as worker from '../../../lib/auth/bcrypt-worker.ts'

const COST = 4

t.test('what one thread has hashed the library takes for right, and the other way round', async (t) => {
  const hashed = await bcryptThreads.hash('correct horse', COST)
  t.match(hashed, /^\$2b\$04\$/)
  t.ok(await bcrypt.compare('correct horse', hashed))
  t.ok(await bcryptThreads.compare('correct horse', await bcrypt.hash('correct horse', COST)))
  t.notOk(await bcryptThreads.compare('correct hors', hashed))
  t.ok(worker.compare({ password: 'correct horse', hashed: worker.hash({ password: 'correct horse', cost: COST }) }))
})

t.test('the threads are few, and yield to the event loop', { skip: process.platform !== 'linux' }, async (t) => {
  await Promise.all(Array.from({ length: 12 }, () => bcryptThreads.hash('correct horse', COST)))
  const own = getPriority()
  t.equal(niceOf(String(process.pid)), own, 'the event loop is no nicer than before')
  // Nobody is nicer than 19: who is already, stays.
  const yielding = readdirSync('/proc/self/task').filter((thread) => niceOf(thread) === Math.min(own + 10, 19))
  if (own === 19) return
  t.ok(yielding.length >= 1 && yielding.length <= BCRYPT_THREADS, `${yielding.length} threads`)
})

/** The 19th field of proc_pid_stat(5); the second one may hold spaces. */
function niceOf(thread: string): number {
  const fields = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return Number(fields[16])
}

t.test('a hash that could not be computed is no verdict', async (t) => {
  const nothing = undefined as unknown as string
  const unavailable = { code: 'dependency_unavailable', details: { dependency: 'password-hashing' } }
  await t.rejects(bcryptThreads.hash(nothing, COST), unavailable)
  await t.rejects(bcryptThreads.compare('correct horse', nothing), unavailable)
  t.ok(await bcryptThreads.hash('correct horse', COST), 'and the next one is computed')
})
