import { execFile } from 'node:child_process'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)
const LOOK_MS = 1500
/** The state of a socket that listens, in /proc/net/tcp. */
const LISTEN = '0A'

/**
 * Finds the process that listens on a TCP port of this machine: in /proc on Linux, else by asking `lsof` (macOS, BSD) or
 * `netstat` (Windows), which those systems have.
 *
 * @returns its pid; undefined when nobody listens there, or nobody that we may see
 */
export async function listenerOn(port: number): Promise<number | undefined> {
  if (process.platform === 'linux') return findInProc(port)
  if (process.platform === 'win32') return pidInNetstat(await output('netstat', ['-ano', '-p', 'tcp']), port)
  return pidInLsof(await output('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-t']))
}

async function findInProc(port: number): Promise<number | undefined> {
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFile(file, 'utf8').catch(() => ''))
  const inodes = new Set((await Promise.all(tables)).flatMap((table) => inodesIn(table, port)))
  if (inodes.size === 0) return undefined
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(pids.map(async (pid) => ((await hasSocket(pid, inodes)) ? Number(pid) : undefined)))
  return found.find((pid) => pid !== undefined)
}

/** The sockets that listen on a port, by their inodes; a line is `sl local_address rem_address st ... inode`. */
export function inodesIn(table: string, port: number): string[] {
  const end = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
    return local.endsWith(end) && state === LISTEN ? inode : []
  })
}

async function hasSocket(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  // The files of another user's process can't be seen, those of one that has just ended are gone.
  const fds = await readdir(`/proc/${pid}/fd`).catch(() => [])
  const links = await Promise.all(fds.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')))
  return links.some((link) => inodes.has(/^socket:\[(\d+)\]$/.exec(link)?.[1] ?? ''))
}

/** `lsof -t` says a pid in each line. */
export function pidInLsof(text: string): number | undefined {
  const pid = Number.parseInt(text, 10)
  return Number.isNaN(pid) ? undefined : pid
}

/** `  TCP    127.0.0.1:3000    0.0.0.0:0    LISTENING    4711`; the word for the state is of the system's language. */
export function pidInNetstat(text: string, port: number): number | undefined {
  const line = new RegExp(`^\\s*TCP\\s+\\S+:${port}\\s+(?:0\\.0\\.0\\.0|\\[::\\]):0\\s+\\S+\\s+(\\d+)\\s*$`, 'im')
  const [, pid] = line.exec(text) ?? []
  return pid === undefined ? undefined : Number(pid)
}

/** What a program says; nothing when it is not there. `lsof` fails when it finds nobody. */
async function output(file: string, args: readonly string[]): Promise<string> {
  return run(file, args, { timeout: LOOK_MS }).then(
    ({ stdout }) => stdout,
    () => '',
  )
}
