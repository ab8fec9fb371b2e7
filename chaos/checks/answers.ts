import type { HistoryEvent, Operation } from '../history/events.ts'
import { type Call, callsOf, describe } from './calls.ts'
import { check } from './check.ts'
import { type ExcuseOptions, Excuses } from './excuses.ts'
import { faultSpans, overlap } from './spans.ts'
import type { Check } from './verdict.ts'

/** 7b. Nothing turns into a 500: of all server errors, 503 is the only one. */
export function no500(): Check {
  return check('no-500', 'no answer is a 500', (history, findings) => {
    for (const call of callsOf(history)) {
      const status = call.end?.status
      if (status === undefined) continue
      findings.judged += 1
      if (status >= 500 && status !== 503) findings.add(call.to, describe(call))
      else if (call.end?.error !== undefined) findings.add(call.to, `${describe(call)}: ${call.end.error}`)
    }
  })
}

/** 7c. No body of an error names an address, a stack, a file, SQL or a driver, and no JWKS a private member. */
export function noLeak(): Check {
  return check('no-leak', 'no error tells about the inside', (history, findings) => {
    for (const call of callsOf(history)) {
      const { end } = call
      if (end?.status === undefined || !(end.status >= 400 || call.operation === 'jwks')) continue
      findings.judged += 1
      if (end.leak !== undefined) findings.add(call.to, `${describe(call)} tells ${end.leak}`)
    }
  })
}

/** What an operation may answer, by its status. */
export type Expected = Readonly<Partial<Record<Operation, readonly number[]>>>

export interface AnswersDuringOptions {
  /** `postgres`, `redis`: all of their faults must hold at the time. */
  readonly targets: readonly string[]
  readonly expected: Expected
  /** How long after the fault held the answers are not judged yet, in milliseconds: those of open connections, say. */
  readonly settleMs?: number
}

/**
 * The failure matrix: what was asked while the faults held, and answered before they were healed, got the answer of its
 * row. A 429 is never held against the server. Its name is `answers-during-` and the targets.
 */
export function answersDuring({ targets, expected, settleMs = 0 }: AnswersDuringOptions): Check {
  const name = `answers-during-${targets.join('-and-')}`
  return check(
    name,
    `with ${targets.join(' and ')} away clients get the answers of the matrix`,
    (history, findings) => {
      const faults = faultSpans(history)
      const holds = (target: string, call: Call) =>
        faults.some(
          (fault) => fault.target === target && fault.holds.from + settleMs <= call.from && call.to <= fault.holds.to,
        )
      for (const call of callsOf(history)) {
        const allowed = expected[call.operation]
        const status = call.end?.status
        if (allowed === undefined || status === 429 || !targets.every((target) => holds(target, call))) continue
        findings.judged += 1
        if (status === undefined || !allowed.includes(status)) {
          findings.add(call.to, `${describe(call)}; ${allowed.join(' or ')} expected`)
        }
      }
    },
  )
}

export interface AllSucceedOptions extends ExcuseOptions {
  /** All but `guess` by default. */
  readonly operations?: readonly Operation[]
  /** A time in milliseconds from which on it is claimed, for instance that of a phase; 0 by default. */
  readonly from?: (history: readonly HistoryEvent[]) => number
}

/**
 * No request fails: each ends with a 2xx, after the retries of a load balancer. A 429 is not counted, nor is the refusal
 * of a token for a cause: that of a session that its user has left, say.
 */
export function allSucceed({ operations, from = () => 0, ...options }: AllSucceedOptions = {}): Check {
  return check('all-succeed', 'no request fails', (history, findings) => {
    const excuses = new Excuses(history, options)
    const start = from(history)
    for (const call of callsOf(history)) {
      const { operation, end, outcome } = call
      const isMeant = operations === undefined ? operation !== 'guess' : operations.includes(operation)
      if (!isMeant || call.from < start || end?.status === 429) continue
      if (outcome === 'fail' && end?.status === 401 && excuses.ofToken(call) !== undefined) continue
      findings.judged += 1
      if (outcome !== 'ok') findings.add(call.from, describe(call))
    }
  })
}

export interface BoundedOptions {
  /** The longest that a request may take in the server, in milliseconds. */
  readonly deadlineMs?: number
  /** What the clients' own event loop may add, in milliseconds; `load-kept-up` holds it to half of that. */
  readonly marginMs?: number
}

const DEADLINE_MS = 5000
const MARGIN_MS = 500

/**
 * 7a. No request takes longer than its deadline, counted from when it was due, and none stays unanswered: a call that has
 * no end is one that hangs, unless the history ends before its deadline. An instance that is itself the target of a fault
 * (frozen, killed) answers when it can.
 */
export function bounded({ deadlineMs = DEADLINE_MS, marginMs = MARGIN_MS }: BoundedOptions = {}): Check {
  const limit = deadlineMs + marginMs
  return check('bounded', `no request takes longer than ${limit} ms`, (history, findings) => {
    const struck = faultSpans(history)
    const last = history.at(-1)?.at ?? 0
    for (const call of callsOf(history)) {
      const { invoke, end, instance } = call
      if (struck.some((fault) => fault.target === instance && overlap(fault, call))) continue
      const ms = end?.ms ?? last - invoke.due
      if (end === undefined && ms <= limit) continue
      findings.judged += 1
      if (ms > limit) findings.add(invoke.due, `${describe(call)} after ${Math.round(ms)} ms`)
    }
  })
}
