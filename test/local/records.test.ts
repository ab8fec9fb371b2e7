import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { signal, startMark } from '../../local/processes.ts'
import { endRecorded, recordedProcess, recordProcess } from '../../local/records.ts'
import { temporaryFolder } from '../fixtures/temporary-folder.ts'

t.test('a process is found again by its record until it ends', async (t) => {
  const file = join(temporaryFolder(t), 'record.json')
  const child = spawn('sleep', ['60'])
  const pid = child.pid ?? 0
  await recordProcess(file, pid)
  t.equal(await recordedProcess(file), pid)
  child.kill('SIGKILL')
  await once(child, 'exit')
  t.equal(await recordedProcess(file), undefined)
})

t.test('another process that has got the same pid is not taken for it', async (t) => {
  const file = join(temporaryFolder(t), 'record.json')
  await recordProcess(file, process.pid)
  t.equal(await recordedProcess(file), process.pid)
  const record = JSON.parse(readFileSync(file, 'utf8')) as object
  writeFileSync(file, JSON.stringify({ ...record, started: 'another time' }))
  t.equal(await recordedProcess(file), undefined)
  t.equal(await endRecorded(file, 'SIGTERM'), undefined)
  t.notOk(existsSync(file))
})

t.test('no record, or a broken one, is no process', async (t) => {
  const file = join(temporaryFolder(t), 'record.json')
  t.equal(await recordedProcess(file), undefined)
  for (const text of ['', '{', '{"pid":"1","started":"x"}', '{"pid":1}']) {
    writeFileSync(file, text)
    t.equal(await recordedProcess(file), undefined)
  }
})

t.test('a leftover is ended, also when it is frozen or does not want to', async (t) => {
  const folder = temporaryFolder(t)
  for (const script of ['exec sleep 60', 'trap "" TERM; while :; do sleep 1; done']) {
    const file = join(folder, 'record.json')
    const child = spawn('sh', ['-c', script], { stdio: 'ignore' })
    const exited = once(child, 'exit')
    const pid = child.pid ?? 0
    await recordProcess(file, pid)
    signal(pid, 'SIGSTOP')
    t.equal(await endRecorded(file, 'SIGTERM', 300), pid)
    await exited
    t.equal(await startMark(pid), undefined)
    t.notOk(existsSync(file))
  }
})
