import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

interface Sharing {
  /** How many files run in one process at most. */
  readonly size: number
  /** The part of the run in which they begin: what waits long must not be the last. */
  readonly within?: number
}

/** Folders whose test files leave nothing behind in their process; a file counts for the first that it is in. */
const TOGETHER: Record<string, Sharing> = {
  'test/faults/': { size: 6, within: 0.5 },
  'test/multi/': { size: 4, within: 0.4 },
  'test/verifier/': { size: 10, within: 0.6 },
  'test/security/': { size: 8 },
  'test/routes/': { size: 12 },
  'test/chaos/lab/': { size: 6 },
  'test/chaos/report/': { size: 16 },
  'test/lib/': { size: 21 },
  'test/plugins/': { size: 16 },
  'test/chaos/soak/': { size: 12, within: 0 },
  // They wait for programs that are not ours, and use more than one core.
  'test/docs/verifying-': { size: 1 },
  'test/dev/': { size: 1 },
  'test/cli/': { size: 5 },
  'test/chaos/': { size: 20 },
  'test/': { size: 16 },
}

const FOLDER = '.tap/suites'
const SUITE = /^\.tap\/suites\/[\w-]+\.mjs$/

/** Whether this name of a test is that of a suite. */
export function isSuite(name: string): boolean {
  return SUITE.test(name)
}

/**
 * What tap is to run so that all of these test files are run: most of them as they are, the others in suites, because
 * loading the application, or only tap, takes longer than their tests do.
 *
 * @returns the suites by name, with their files, and the files that run alone
 */
export function suitesOf(files: readonly string[]): { suites: Map<string, string[]>; alone: string[] } {
  const left = new Set(files)
  const shares = Object.entries(TOGETHER).flatMap(([folder, { size, within = 1 }]) => {
    const members = [...left].filter((file) => file.startsWith(folder))
    for (const file of members) left.delete(file)
    const parts = sharesOf(folder, members, size)
    return parts.map((part, i) => ({ ...part, begins: (within * i) / parts.length }))
  })
  shares.sort((one, other) => one.begins - other.begins)
  // tap goes by the names.
  const numbered = shares.map(({ name, files }, i): [string, string[]] => [
    `${FOLDER}/${String(i + 1).padStart(2, '0')}-${name}.mjs`,
    files,
  ])
  const inSuites = new Set(shares.flatMap((share) => share.files))
  return { suites: new Map(numbered), alone: files.filter((file) => !inSuites.has(file)) }
}

/** As even as can be: 9 files are 5 and 4, not 8 and 1. One file needs no suite. */
function sharesOf(folder: string, members: readonly string[], size: number): { name: string; files: string[] }[] {
  const count = members.length > 1 && size > 1 ? Math.ceil(members.length / size) : 0
  const name = folder.slice(0, -1).replaceAll('/', '-').replace('test-', '')
  return Array.from({ length: count }, (_, i) => ({
    name: `${name}-${i + 1}`,
    files: members.slice((i * members.length) / count, ((i + 1) * members.length) / count),
  }))
}

/** Writes what tap starts for each suite. */
export function writeSuites(suites: ReadonlyMap<string, readonly string[]>): void {
  rmSync(FOLDER, { recursive: true, force: true })
  mkdirSync(FOLDER, { recursive: true })
  const runner = pathToFileURL(join(import.meta.dirname, 'suite.ts'))
  for (const [name, files] of suites) {
    writeFileSync(name, `import { runSuite } from '${runner}'\n\nrunSuite(${JSON.stringify(files, undefined, 2)})\n`)
  }
}
