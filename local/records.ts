import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { childrenOf, signal, startMark, waitForExit } from './processes.ts'

/**
 * Remembers a process in a file, so that a later start can find what a killed one left running. The start mark keeps
 * a recycled pid from being taken for ours.
 */
export async function recordProcess(file: string, pid: number): Promise<void> {
  const started = await startMark(pid)
  if (started !== undefined) writeFileSync(file, `${JSON.stringify({ pid, started })}\n`, { mode: 0o600 })
}

/** The pid of the recorded process when it is still alive and really the one that was recorded. */
export async function recordedProcess(file: string): Promise<number | undefined> {
  let record: { pid?: unknown; started?: unknown }
  try {
    record = JSON.parse(readFileSync(file, 'utf8')) as typeof record
  } catch {
    return undefined
  }
  if (typeof record.pid !== 'number' || typeof record.started !== 'string') return undefined
  return (await startMark(record.pid)) === record.started ? record.pid : undefined
}

/**
 * Ends the recorded process if it still runs: thawed, asked with `polite`, then killed with its children.
 * Returns its pid, or `undefined` when there was nothing to end.
 */
export async function endRecorded(file: string, polite: NodeJS.Signals, timeout = 5_000): Promise<number | undefined> {
  const pid = await recordedProcess(file)
  if (pid !== undefined) {
    const children = await childrenOf(pid)
    for (const each of [pid, ...children]) signal(each, 'SIGCONT')
    signal(pid, polite)
    if (!(await waitForExit(pid, timeout))) {
      for (const each of [pid, ...children]) signal(each, 'SIGKILL')
      await waitForExit(pid, timeout)
    }
  }
  rmSync(file, { force: true })
  return pid
}
