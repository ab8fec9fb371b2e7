import { type Call, callsOf, describe } from './calls.ts'
import { check } from './check.ts'
import { type ExcuseOptions, Excuses } from './excuses.ts'
import { faultSpans, overlap } from './spans.ts'
import type { Check } from './verdict.ts'

/**
 * An outage is never a verdict: while anything is broken, no honest client is told that its password, its token or its
 * session is wrong (401, 403, 404), nor that its new email is taken (409 without an earlier attempt). Judges what was
 * answered while a fault was on; a 429 is no verdict about the client's credentials.
 */
export function outageIsNoVerdict(options: ExcuseOptions = {}): Check {
  return check('outage-is-no-verdict', 'no fault is answered as a wrong credential', (history, findings) => {
    const excuses = new Excuses(history, options)
    const faults = faultSpans(history)
    /** Emails by when their first registration was sent. */
    const asked = new Map<string, number>()
    /** Emails by when they were first known to have an account. */
    const exists = new Map<string, number>()
    for (const call of callsOf(history)) {
      const email = call.invoke.user
      if (call.operation === 'register' && email !== undefined) {
        if (!asked.has(email)) asked.set(email, call.from)
        if (call.outcome === 'ok' && !exists.has(email)) exists.set(email, call.to)
      }
    }
    for (const call of callsOf(history)) {
      const status = call.end?.status
      if (status === undefined || status === 429 || !faults.some((fault) => overlap(fault, call))) continue
      const isWrong = verdictIn(call, { excuses, asked, exists })
      if (isWrong === undefined) continue
      findings.judged += 1
      if (isWrong) findings.add(call.to, describe(call))
    }
  })
}

interface Knowledge {
  readonly excuses: Excuses
  readonly asked: ReadonlyMap<string, number>
  readonly exists: ReadonlyMap<string, number>
}

/** True for a verdict without a cause; undefined when nothing can be said. */
function verdictIn(call: Call, { excuses, asked, exists }: Knowledge): boolean | undefined {
  const { operation, outcome, from, invoke } = call
  const refused = outcome === 'fail'
  switch (operation) {
    case 'register': {
      const first = asked.get(invoke.user ?? '')
      return refused && first !== undefined && first < from ? undefined : refused
    }
    case 'login':
      return refused && !((exists.get(invoke.user ?? '') ?? Number.POSITIVE_INFINITY) < from) ? undefined : refused
    case 'refresh':
    case 'verify':
    case 'me':
    case 'logout':
      return refused && excuses.ofToken(call) !== undefined ? undefined : refused
    case 'guess':
      return undefined
    default:
      return refused
  }
}
