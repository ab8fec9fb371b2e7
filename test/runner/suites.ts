import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * Folders whose test files leave nothing behind in their process, and how many of them run in one at most. Those that mostly
 * wait first, and then by turns with those that compute: what runs side by side should not want the same.
 */
const TOGETHER: Record<string, number> = {
  'test/faults/': 4,
  'test/routes/': 8,
  'test/multi/': 4,
  'test/security/': 8,
  'test/verifier/': 5,
  'test/lib/': 12,
  'test/chaos/lab/': 3,
  'test/plugins/': 8,
  'test/chaos/workload/': 8,
  'test/chaos/report/': 16,
  'test/chaos/soak/': 12,
  'test/chaos/backend/': 4,
  'test/chaos/checks/': 24,
  'test/cli/': 3,
  'test/local/': 12,
  'test/deploy/': 8,
  'test/bench/': 8,
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
  const together = Object.entries(TOGETHER).map(([folder, size]) => sharesOf(folder, files, size))
  const suites = new Map<string, string[]>()
  // One of each folder by turns.
  for (let i = 0; together.some((shares) => i < shares.length); i += 1) {
    for (const shares of together) {
      const share = shares[i]
      if (share !== undefined) suites.set(share.name, share.files)
    }
  }
  const inSuites = new Set([...suites.values()].flat())
  return { suites, alone: files.filter((file) => !inSuites.has(file)) }
}

/** As even as can be: 9 files are 5 and 4, not 8 and 1. One file needs no suite. */
function sharesOf(folder: string, files: readonly string[], size: number): { name: string; files: string[] }[] {
  const members = files.filter((file) => file.startsWith(folder))
  const count = members.length > 1 ? Math.ceil(members.length / size) : 0
  const name = folder.slice('test/'.length, -1).replaceAll('/', '-')
  return Array.from({ length: count }, (_, i) => ({
    name: `${FOLDER}/${name}-${i + 1}.mjs`,
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
