import { once } from 'node:events'
import t from 'tap'
import { sweep } from '../../../chaos/lab/sweep.ts'
import { findProgram } from '../../../local/find-program.ts'
import { signal } from '../../../local/processes.ts'
import { holdLab } from './held-lab.ts'

/** A folder, Postgres, Redis, the instance, the Backend, and Prometheus where there is one. */
const ALL = findProgram('prometheus') === undefined ? 5 : 6

t.test('Ctrl-C disposes of the lab, then ends the process; kill -9 leaves nothing behind either', async (t) => {
  const [asked, killed] = await Promise.all([holdLab(t, 'local'), holdLab(t, 'local')])
  t.equal((await asked.left()).length, ALL, 'a folder, and the servers')
  asked.child.kill('SIGINT')
  killed.child.kill('SIGKILL')
  t.same(await once(asked.child, 'exit'), [null, 'SIGINT'])
  t.same(await asked.left(), [])
  await killed.gone()
})

t.test(
  'when those who watch are killed as well, the next start clears up, and leaves a living lab alone',
  async (t) => {
    const [dead, alive] = await Promise.all([holdLab(t, 'local'), holdLab(t, 'local')])
    for (const pid of await dead.watchers()) signal(pid, 'SIGKILL')
    dead.child.kill('SIGKILL')
    await once(dead.child, 'exit')
    t.ok((await dead.left()).length >= 3, 'a folder and the servers are still there')
    await sweep('local')
    t.same(await dead.left(), [])
    t.equal((await alive.left()).length, ALL)
    alive.child.kill('SIGTERM')
    await once(alive.child, 'exit')
    t.same(await alive.left(), [])
  },
)
