import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { lockFolder } from '../../local/folder-lock.ts'
import { startMark } from '../../local/processes.ts'

t.test('one launcher at a time', async (t) => {
  const folder = t.testdir()
  const lock = await lockFolder(folder)
  if ('heldBy' in lock) return t.fail('nobody holds it yet')
  t.same(await lockFolder(folder, 100), { heldBy: process.pid })
  lock.release()
  const next = await lockFolder(folder)
  if ('heldBy' in next) return t.fail('it was released')
  next.release()
})

t.test('one that was killed has lost it, also when its pid lives on in another process', async (t) => {
  const folder = t.testdir()
  for (const holder of [
    { pid: 2 ** 22 + 1, started: 'then', ending: false },
    { pid: process.pid, started: 'another time', ending: false },
  ]) {
    writeFileSync(join(folder, 'launcher.json'), JSON.stringify(holder))
    const lock = await lockFolder(folder, 0)
    if ('heldBy' in lock) return t.fail('the holder is dead')
    t.match(JSON.parse(readFileSync(join(folder, 'launcher.json'), 'utf8')), { pid: process.pid })
    lock.release()
  }
})

t.test('one that is ending is waited for', async (t) => {
  const folder = t.testdir()
  const child = spawn('sleep', ['60'], { stdio: 'ignore' })
  const pid = child.pid ?? 0
  const holder = { pid, started: await startMark(pid), ending: true }
  writeFileSync(join(folder, 'launcher.json'), JSON.stringify(holder))
  const waiting = lockFolder(folder, 0)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const lock = await waiting
  if ('heldBy' in lock) return t.fail('the holder has ended')
  lock.ending()
  t.match(JSON.parse(readFileSync(join(folder, 'launcher.json'), 'utf8')), { ending: true })
  lock.release()
})
