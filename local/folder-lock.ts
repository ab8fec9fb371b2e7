import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startMark } from './processes.ts'

/** The right to run in this folder, held by one launcher at a time. */
export interface FolderLock {
  /** Says that this launcher is about to end, so that the next one waits for it instead of giving up. */
  ending(): void
  release(): void
}

interface Holder {
  pid: number
  started: string
  ending: boolean
}

// One whose npm was killed notices within a moment and begins to end.
const PATIENCE = 1_500
const PATIENCE_WITH_ENDING = 30_000

/**
 * Takes the folder for this process. A launcher that is alive keeps it; one that was killed has lost it; one that is
 * just ending is waited for.
 *
 * @returns the lock, or the pid of the launcher that runs there
 */
export async function lockFolder(folder: string, patience = PATIENCE): Promise<FolderLock | { heldBy: number }> {
  const file = join(folder, 'launcher.json')
  const mine: Holder = { pid: process.pid, started: (await startMark(process.pid)) ?? '', ending: false }
  for (const start = Date.now(); ; await sleep(50)) {
    if (create(file, mine)) break
    const holder = read(file)
    if (holder !== undefined && (await startMark(holder.pid)) === holder.started) {
      const waited = Date.now() - start
      if (waited > (holder.ending ? PATIENCE_WITH_ENDING : patience)) return { heldBy: holder.pid }
    } else if (read(file)?.pid === holder?.pid) {
      rmSync(file, { force: true })
    }
  }
  // Two that found the same dead holder at the same moment: the later one has removed the lock of the earlier one.
  await sleep(50)
  const holder = read(file)
  if (holder !== undefined && holder.pid !== mine.pid) return { heldBy: holder.pid }
  return {
    ending: () => replace(file, { ...mine, ending: true }),
    release: () => rmSync(file, { force: true }),
  }
}

// A link appears with its whole content or not at all, and not where a file already is.
function create(file: string, holder: Holder): boolean {
  const draft = `${file}.${holder.pid}`
  writeFileSync(draft, JSON.stringify(holder), { mode: 0o600 })
  try {
    linkSync(draft, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return false
  } finally {
    rmSync(draft)
  }
}

function replace(file: string, holder: Holder): void {
  const draft = `${file}.${holder.pid}`
  writeFileSync(draft, JSON.stringify(holder), { mode: 0o600 })
  renameSync(draft, file)
}

function read(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder
  } catch {
    return undefined
  }
}
