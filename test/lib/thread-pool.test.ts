import { readdirSync, readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import bcrypt from 'bcrypt'
import t from 'tap'
import { HEAVY_THREADS, yieldInThreadPool } from '../../lib/thread-pool.ts'

/** The niceness of each thread with this name. */
function nicenessOf(name: string): number[] {
  return readdirSync('/proc/self/task').flatMap((thread) => {
    const read = (file: string) => readFileSync(`/proc/self/task/${thread}/${file}`, 'utf8')
    // The 19th field of proc_pid_stat(5); the second one may hold spaces.
    return read('comm').trim() === name ? [Number(read('stat').split(') ')[1]?.split(' ')[16])] : []
  })
}

t.test('the threads that hash yield, the event loop does not', { skip: process.platform !== 'linux' }, async (t) => {
  const own = getPriority()
  const yielding = await yieldInThreadPool()
  t.ok(yielding > HEAVY_THREADS, `${yielding} threads`)
  t.ok(await bcrypt.compare('correct horse', await bcrypt.hash('correct horse', 4)))
  t.strictSame(nicenessOf('libuv-worker'), Array(yielding).fill(Math.min(own + 10, 19)))
  t.strictSame(nicenessOf('MainThread'), [own])
  t.equal(await yieldInThreadPool(), yielding, 'once more changes nothing')
})
