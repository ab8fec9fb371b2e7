import { globSync } from 'node:fs'

/** What must be covered, in full. */
export const ENFORCED = ['lib/**/*.ts', 'plugins/**/*.ts']

const files = globSync(ENFORCED).map((file) => file.replaceAll('\\', '/'))

/**
 * tap's `coverage-map`: the files of which the coverage by a test file or a suite counts, `null` for those whose
 * subject is something else. Measuring makes a process slower.
 */
export default function coverageMap(test: string): string[] | null {
  return /^(test|\.tap\/suites)\/(\d+-)?(lib|plugins|routes|faults)\b/.test(test) ? files : null
}
