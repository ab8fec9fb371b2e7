import type { AttackId } from '../attacks.ts'

/** What one attack test did: what it tried, how many things it looked at, and whether all were as they must be. */
export interface Result {
  readonly id: AttackId
  readonly tried: string
  readonly checks: number
  readonly held: boolean
}

const BEGIN = /^# Subtest: (A\d+): (.*)$/
const END = /^(not )?ok \d+ - A\d+: /
const CHECK = /^ +(?:not )?ok \d+(?! - .* # time=)/

/** The attacks among the tests of one file, from its output in TAP. A test that did not end has not held. */
export function resultsIn(tap: string): Result[] {
  const results: Result[] = []
  let open: { id: AttackId; tried: string; checks: number } | undefined
  const close = (held: boolean) => {
    if (open !== undefined) results.push({ ...open, held })
    open = undefined
  }
  for (const line of tap.split('\n')) {
    const [, id, tried = ''] = BEGIN.exec(line) ?? []
    const end = END.exec(line)
    if (id !== undefined) {
      close(false)
      open = { id: id as AttackId, tried, checks: 0 }
    } else if (end !== null) close(end[1] === undefined)
    else if (open !== undefined && CHECK.test(line)) open.checks += 1
  }
  close(false)
  return results
}
