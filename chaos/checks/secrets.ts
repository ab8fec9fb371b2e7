import type { LogSearchEvent } from '../history/events.ts'
import { check } from './check.ts'
import type { Check } from './verdict.ts'

export interface SecretsNotLoggedOptions {
  /** A search for fewer secrets says little. */
  readonly atLeast?: number
}

const AT_LEAST = 40

/**
 * 8c. No secret is in the log of any instance whose life the history tells: no password, token or email that a client
 * sent or got, and none that the server itself has. Judges the lines that were searched.
 */
export function secretsNotLogged({ atLeast = AT_LEAST }: SecretsNotLoggedOptions = {}): Check {
  const found = check('secrets-not-logged', 'no secret is in the log of any instance', (history, findings) => {
    const unsearched = new Set<string>()
    let end = 0
    for (const event of history) {
      end = event.at
      if (event.type === 'process') unsearched.add(event.instance)
      if (event.type !== 'log_search') continue
      const { at, instance, secrets, lines, isWhole, found } = event
      unsearched.delete(instance)
      findings.judged += lines
      for (const what of found) findings.add(at, `the log of ${instance} has ${what}`)
      if (secrets < atLeast) findings.add(at, `${instance}: searched for ${secrets} secrets, not for ${atLeast}`)
      if (!isWhole) findings.add(at, `the log of ${instance} does not have the last request that it answered`)
    }
    for (const instance of unsearched) findings.add(end, `the log of ${instance} was not searched`)
  })
  return {
    ...found,
    judge(history) {
      const verdict = found.judge(history)
      const searches = history.filter((event) => event.type === 'log_search')
      return searches.length === 0 ? verdict : { ...verdict, claim: `${found.claim}: ${inNumbers(searches)}` }
    },
  }
}

function inNumbers(searches: readonly LogSearchEvent[]): string {
  const sum = (of: (search: LogSearchEvent) => number) => searches.reduce((all, each) => all + of(each), 0)
  const number = (value: number) => value.toLocaleString('en')
  const secrets = Math.max(...searches.map((search) => search.secrets))
  const [lines, bytes] = [sum((search) => search.lines), sum((search) => search.bytes)]
  return `${number(secrets)} looked for in ${number(lines)} lines, ${number(bytes)} bytes`
}
