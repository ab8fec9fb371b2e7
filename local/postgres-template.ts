import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** `<folder> <password>`: whose `data` is to be copied. `npm test` sets it for the time of a run. */
const VARIABLE = 'TOKENFORGE_POSTGRES_TEMPLATE'

/** From now on throw-away servers, those of child processes included, begin with a copy of this one, which is stopped. */
export function setPostgresTemplate(folder: string, password: string): void {
  process.env[VARIABLE] = `${folder} ${password}`
}

/** Whether there is one. */
export function hasPostgresTemplate(): boolean {
  return process.env[VARIABLE] !== undefined
}

/**
 * Fills the folder of a new throw-away Postgres from the template, when there is one: copying is quicker than initdb.
 *
 * @param dir the folder that `startPostgres` is given; it exists
 * @returns the password of its superuser, `undefined` when there is no template
 */
export async function copyPostgresTemplate(dir: string): Promise<string | undefined> {
  const [folder, password] = process.env[VARIABLE]?.split(' ') ?? []
  if (folder === undefined) return undefined
  await run('cp', ['-a', join(folder, 'data'), join(dir, 'data')])
  return password
}
