import { once } from 'node:events'
import t from 'tap'
import { sweep } from '../../../chaos/lab/sweep.ts'
import { findProgram } from '../../../local/find-program.ts'
import { signal } from '../../../local/processes.ts'
import { holdLab } from './held-lab.ts'

/** A folder, Postgres, Redis, the instance, the Backend, and Prometheus where there is one. */
const ALL = findProgram('prometheus') === undefined ? 5 : 6

t.test('Ctrl-C disposes of the lab; kill -9 leaves nothing behind either, not even of those who watch', async (t) => {
  const [asked, killed, dead] = await Promise.all([holdLab(t, 'local'), holdLab(t, 'local'), holdLab(t, 'local')])
  t.equal((await asked.left()).length, ALL, 'a folder, and the servers')
  killed.child.kill('SIGKILL')
  await killed.gone()

  for (const pid of await dead.watchers()) signal(pid, 'SIGKILL')
  dead.child.kill('SIGKILL')
  await once(dead.child, 'exit')
  t.ok((await dead.left()).length >= 3, 'a folder and the servers are still there')
  await sweep('local')
  t.same(await dead.left(), [], 'what the next start clears up')
  t.equal((await asked.left()).length, ALL, 'a living lab is left alone')

  asked.child.kill('SIGINT')
  t.same(await once(asked.child, 'exit'), [null, 'SIGINT'])
  t.same(await asked.left(), [])
})
