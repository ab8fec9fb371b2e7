import { existsSync, realpathSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { type Container, findContainers } from './compose-containers.ts'

/** A compose project that is there, running or not. */
export interface ComposeProject {
  readonly name: string
  readonly containers: readonly Container[]
}

/**
 * Finds the containers that were made from a compose file, by what Compose has written on them. Compose itself is not asked:
 * it would want every variable of the file before it said a word, and its versions have different words.
 *
 * @param name the project, when several are made from this file, or the engine is on a machine with other paths
 * @throws an error whose message is fit for the terminal
 */
export async function findProject(composeFile: string, name?: string): Promise<ComposeProject> {
  if (!existsSync(composeFile)) throw new Error(`${composeFile}: there is no such file`)
  const file = realpathSync(composeFile)
  const labels = name === undefined ? [] : [`project=${name}`]
  const all = await findContainers(...labels)
  const containers = name === undefined ? all.filter((each) => isMadeFrom(each, file)) : all
  const [found, ...others] = new Set(containers.map(({ project }) => project))
  if (found === undefined) {
    const where = name === undefined ? '; if it is, name its project with --project' : ` as the project ${name}`
    throw new Error(`${composeFile} is not up${where}`)
  }
  if (others.length > 0) {
    throw new Error(`${composeFile} is up as ${[found, ...others].join(' and as ')}: name one with --project`)
  }
  return { name: found, containers }
}

/** Compose 2 writes whole paths, Compose 1 writes them as it was given them. */
export function isMadeFrom({ files, folder }: Pick<Container, 'files' | 'folder'>, file: string): boolean {
  return files.some((each) => resolve(folder, each) === file || resolve(folder, basename(each)) === file)
}
