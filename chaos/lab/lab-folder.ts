import { chmodSync, mkdtempSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { reapFolder } from '../../local/reap-folder.ts'
import { isAlive, ownerTag } from './owner.ts'

// `tokenforge-lab-<owner>-<random>`: nothing has to be written for a later start to know whose it is.
const NAME = /^tokenforge-lab-(\d+-[0-9a-f]{12})-/

/** Makes the temporary folder that everything of a lab works in. */
export async function makeLabFolder(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), `tokenforge-lab-${await ownerTag()}-`))
  // To pass through, for the user that Postgres runs as when we are root; what is inside has its own modes.
  chmodSync(folder, 0o711)
  return folder
}

/** Ends the processes and removes the folders of labs whose owner is gone. */
export async function sweepFolders(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const owner = NAME.exec(name)?.[1]
    if (owner === undefined || (await isAlive(owner))) continue
    const folder = join(tmpdir(), name)
    // Those of another user are not ours to remove, nor could we.
    const uid = (await stat(folder).catch(() => undefined))?.uid
    if (uid === process.getuid?.()) await reapFolder(folder)
  }
}
