import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Folders whose test files leave nothing behind in their process, and how many of them run in one. */
const TOGETHER: Record<string, number> = {
  'test/lib/': 12,
  'test/plugins/': 8,
  'test/routes/': 8,
  'test/security/': 8,
  'test/chaos/checks/': 24,
  'test/chaos/report/': 16,
  'test/verifier/': 6,
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
  const suites = new Map<string, string[]>()
  const together = new Set<string>()
  for (const [folder, size] of Object.entries(TOGETHER)) {
    const members = files.filter((file) => file.startsWith(folder))
    // As even as can be: 9 files are 5 and 4, not 8 and 1.
    const count = Math.ceil(members.length / size)
    for (let i = 0; i < count && members.length > 1; i += 1) {
      const share = members.slice((i * members.length) / count, ((i + 1) * members.length) / count)
      suites.set(`${FOLDER}/${folder.slice('test/'.length, -1).replaceAll('/', '-')}-${i + 1}.mjs`, share)
      for (const file of share) together.add(file)
    }
  }
  return { suites, alone: files.filter((file) => !together.has(file)) }
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
