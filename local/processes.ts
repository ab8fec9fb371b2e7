import { execFile } from 'node:child_process'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

interface ProcessRow {
  pid: number
  parent: number
  state: string
  /** A mark that no later process with the same pid can have. */
  started: string
}

/**
 * What tells this process from every other one that ever had its pid: the boot and the clock tick it started at on
 * Linux, the start time elsewhere. `undefined` when there is no such process or only its zombie is left.
 */
export async function startMark(pid: number): Promise<string | undefined> {
  const row = process.platform === 'linux' ? await readProc(pid) : (await listWithPs()).find((r) => r.pid === pid)
  return row === undefined || row.state.startsWith('Z') ? undefined : row.started
}

/** The living children of a process, for signals that must reach a whole family. */
export async function childrenOf(pid: number): Promise<number[]> {
  const rows = process.platform === 'linux' ? await listProc() : await listWithPs()
  return rows.filter((row) => row.parent === pid && !row.state.startsWith('Z')).map((row) => row.pid)
}

/** The parent of a process, or `undefined` when the process is gone. */
export async function parentOf(pid: number): Promise<number | undefined> {
  const row = process.platform === 'linux' ? await readProc(pid) : (await listWithPs()).find((r) => r.pid === pid)
  return row?.parent
}

/** Sends a signal; false when the process is already gone. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

/** Waits until the process is gone; false when it is still there after `timeout` milliseconds. */
export async function waitForExit(pid: number, timeout: number): Promise<boolean> {
  const mark = await startMark(pid)
  if (mark === undefined) return true
  for (const deadline = Date.now() + timeout; Date.now() < deadline; await sleep(10)) {
    if ((await startMark(pid)) !== mark) return true
  }
  return false
}

/**
 * Stops a process and all of its children (SIGSTOP) and returns their pids. The parent comes first and the look is
 * repeated until it finds nobody new: a child that was just being born is caught as well.
 */
export async function freezeFamily(pid: number): Promise<number[]> {
  const family = new Set([pid])
  signal(pid, 'SIGSTOP')
  for (;;) {
    const born = (await childrenOf(pid)).filter((child) => !family.has(child))
    if (born.length === 0) return [...family]
    for (const child of born) {
      family.add(child)
      signal(child, 'SIGSTOP')
    }
  }
}

/** The processes whose working directory is `dir` or below it: a server works in its data directory. */
export async function processesIn(dir: string): Promise<number[]> {
  const rows = process.platform === 'linux' ? await listFolders() : await listFoldersWithLsof()
  return rows.filter(([, folder]) => folder === dir || folder.startsWith(`${dir}/`)).map(([pid]) => pid)
}

async function listFolders(): Promise<[pid: number, folder: string][]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  // The link of another user's process cannot be read, that of a zombie is gone: neither is ours.
  const folders = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => '')))
  return folders.map((folder, index) => [Number(pids[index]), folder])
}

async function listFoldersWithLsof(): Promise<[pid: number, folder: string][]> {
  // It exits with 1 whenever it had to leave something out.
  const stdout = await run('lsof', ['-a', '-d', 'cwd', '-F', 'pn']).then(
    (result) => result.stdout,
    (error: { stdout?: string }) => error.stdout ?? '',
  )
  return stdout.split(/^p/m).map((entry) => [Number.parseInt(entry, 10), /^n(.*)$/m.exec(entry)?.[1] ?? ''])
}

let bootId: Promise<string> | undefined

async function readProc(pid: number): Promise<ProcessRow | undefined> {
  bootId ??= readFile('/proc/sys/kernel/random/boot_id', 'utf8').then((id) => id.trim())
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    // The second field is the name in brackets and may hold spaces: count from the last bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { pid, state: fields[0] ?? '', parent: Number(fields[1]), started: `${await bootId}/${fields[19]}` }
  } catch {
    return undefined
  }
}

async function listProc(): Promise<ProcessRow[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const rows = await Promise.all(pids.map((pid) => readProc(Number(pid))))
  return rows.filter((row) => row !== undefined)
}

async function listWithPs(): Promise<ProcessRow[]> {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=,state=,lstart='], {
    env: { ...process.env, LC_ALL: 'C' },
  })
  return stdout
    .trim()
    .split('\n')
    .map((line) => {
      const [pid, parent, state = '', ...started] = line.trim().split(/\s+/)
      return { pid: Number(pid), parent: Number(parent), state, started: started.join(' ') }
    })
}
