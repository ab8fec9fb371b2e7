import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { parentOf, startMark } from './processes.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
// npm passes on the Ctrl-C that the terminal has already sent to everybody: one wish, two signals.
const SAME_WISH = 1_000
const LOOK_AT_PARENTS = 200

/**
 * Resolves with the reason when the user wants the launcher to end: Ctrl-C, a signal, or the death of the npm that it
 * runs under, which does not always pass its signals on.
 *
 * @param insist called when the user asks again, a second later or more
 */
export function whenAskedToEnd(insist: () => void): Promise<string> {
  return new Promise((resolve) => {
    let first = 0
    const ask = (reason: string): void => {
      if (first === 0) first = Date.now()
      else if (Date.now() - first > SAME_WISH) insist()
      resolve(reason)
    }
    for (const name of SIGNALS) process.on(name, () => ask(name))
    if (process.env.npm_lifecycle_event !== undefined) void watchParents(ask)
  })
}

// Between npm and us there is a shell, which npm's signals reach instead of us; and npm itself may be killed.
async function watchParents(ask: (reason: string) => void): Promise<void> {
  const watched = new Map<number, string>()
  let pid: number | undefined = process.ppid
  while (pid !== undefined && pid > 1) {
    const mark = await startMark(pid)
    if (mark === undefined) break
    watched.set(pid, mark)
    if (!(await isShell(pid))) break
    pid = await parentOf(pid)
  }
  const timer = setInterval(async () => {
    for (const [each, mark] of watched) {
      if ((await startMark(each)) === mark) continue
      clearInterval(timer)
      return ask('npm is gone')
    }
  }, LOOK_AT_PARENTS)
  timer.unref()
}

async function isShell(pid: number): Promise<boolean> {
  const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')
  return ['sh', 'dash', 'ash', 'bash', 'busybox'].includes(basename(name.trim()))
}
