import { execFile } from 'node:child_process'
import { chmod, chown, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type OrdinaryUser, ordinaryUser } from './ordinary-user.ts'
import type { PostgresBinaries } from './postgres-binaries.ts'

const run = promisify(execFile)

/** A data directory on disk, and the user its server runs as. */
export interface Cluster {
  dataDir: string
  user: OrdinaryUser
  /** Whether it was made just now. */
  created: boolean
}

/**
 * Finds the data directory below `dir`, or makes it with `initdb`.
 *
 * @param password of the superuser `postgres`; used only when the directory is made
 * @param durable false leaves out every fsync, for data that nobody will miss
 * @param within a folder around `dir` that may be opened for passing through when the user needs it
 */
export async function openCluster(
  binaries: PostgresBinaries,
  { dir, password, durable, within }: { dir: string; password: string; durable: boolean; within?: string | undefined },
): Promise<Cluster> {
  const dataDir = join(dir, 'data')
  await mkdir(dir, { recursive: true, mode: 0o700 })
  await checkBinaries(binaries)
  const owner = await stat(dataDir).catch(() => undefined)
  const user = await ordinaryUser((candidate) => canRun(candidate, binaries, dir, within), owner)
  const created = owner === undefined
  if (created) await initialise(binaries, user, { dir, dataDir, password, durable })
  return { dataDir, user, created }
}

const checked = new Set<string>()

// On a system with another C library, for instance, they do not start at all, whoever the user is.
async function checkBinaries({ initdb }: PostgresBinaries): Promise<void> {
  if (checked.has(initdb)) return
  try {
    await run(initdb, ['--version'])
    checked.add(initdb)
  } catch (error) {
    const [reason] = (error as Error).message.split('\n').slice(-2)
    throw new Error(`the Postgres binaries do not run on this system (${reason}): set DATABASE_URL`)
  }
}

async function canRun(user: OrdinaryUser, { initdb }: PostgresBinaries, dir: string, within = dir): Promise<boolean> {
  // Without the capability the user must be let through the folders; the data itself stays closed to others.
  if (user.via === 'setuid') await Promise.all([dir, within].map((folder) => chmod(folder, 0o711)))
  // It looks for its programs and files, prints what it found, and does nothing.
  const show = '"$2" --show --pgdata="$1"'
  const { file, args, options } = user.launch('/bin/sh', ['-c', `cd "$1" && ${show}`, 'sh', dir, initdb])
  return run(file, args, options).then(
    () => true,
    () => false,
  )
}

// Made beside its final place and renamed when it is complete, so that a first start that was interrupted leaves nothing
// half made behind.
async function initialise(
  { initdb }: PostgresBinaries,
  user: OrdinaryUser,
  { dir, dataDir, password, durable }: { dir: string; dataDir: string; password: string; durable: boolean },
): Promise<void> {
  const unfinished = join(dir, 'data.new')
  const passwordFile = join(dir, 'password.tmp')
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(unfinished, { mode: 0o700 })
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 })
  await Promise.all([unfinished, passwordFile].map((path) => chown(path, user.uid, user.gid)))
  const { file, args, options } = user.launch(initdb, [
    `--pgdata=${unfinished}`,
    '--username=postgres',
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The same order and case rules everywhere, whatever locales the system has.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    // Segments of a MiB instead of 16: throw-away data is small, and copied as a whole.
    ...(durable ? [] : ['--no-sync', '--wal-segsize=1']),
  ])
  try {
    await run(file, args, { ...options, cwd: dir, env: { PATH: process.env.PATH ?? '', LC_ALL: 'C', TZ: 'UTC' } })
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string }
    throw new Error(`initdb failed in ${dir}: ${stderr.trim().split('\n').at(-1)}`)
  } finally {
    await rm(passwordFile, { force: true })
  }
  await rename(unfinished, dataDir)
}

/**
 * Gives back the shared memory segment of a Postgres that was killed and will not be started again; a start or a stop
 * does the same by itself. Does its best and never fails.
 */
export async function removeSharedMemory(dir: string): Promise<void> {
  const lock = await readFile(join(dir, 'data', 'postmaster.pid'), 'utf8').catch(() => '')
  const id = lock.split('\n')[6]?.trim().split(/\s+/)[1]
  if (id !== undefined) await run('ipcrm', ['-m', id]).catch(() => {})
}
