import { type Call, callsOf, describe } from './calls.ts'
import { check } from './check.ts'
import { breakerSpans } from './spans.ts'
import type { Check } from './verdict.ts'

/** 7d. Each 503 says what is missing (`code`, `dependency`) and when to come again (`Retry-After`, at least 1 s). */
export function refusalsSayWhen(): Check {
  return check('refusals-say-when', 'each 503 names its dependency and a Retry-After', (history, findings) => {
    for (const call of callsOf(history)) {
      const { end } = call
      if (end?.status !== 503) continue
      findings.judged += 1
      const missing = [
        end.code === undefined && 'code',
        end.dependency === undefined && 'dependency',
        !((end.retryAfter ?? 0) >= 1) && 'Retry-After',
      ].filter(Boolean)
      if (missing.length > 0) findings.add(call.to, `${describe(call)} without ${missing.join(', ')}`)
    }
  })
}

export interface RefusedAtOnceOptions {
  /** How much longer a refusal may take than an answer from memory at that time, in milliseconds. */
  readonly withinMs?: number
}

const AT_ONCE_MS = 100

/**
 * While a breaker is open the 503 comes at once: each one that names the dependency, and was due and answered while the
 * breaker of the instance was open. It need not be so right before, when a call runs into its time-out. A machine that
 * is busy keeps everybody waiting: the slowest `verify`, `me`, `jwks` or `live` of the instance at that time is allowed for.
 */
export function refusedAtOnce({ withinMs = AT_ONCE_MS }: RefusedAtOnceOptions = {}): Check {
  return check('refused-at-once', 'with its breaker open a 503 comes at once', (history, findings) => {
    const calls = callsOf(history)
    const slowest = fromMemory(calls)
    const open = breakerSpans(history).filter(({ state }) => state === 'open')
    for (const call of calls) {
      const { end, instance, invoke, to } = call
      if (end?.status !== 503) continue
      const isOpen = open.some(
        (span) =>
          span.instance === instance && span.dependency === end.dependency && span.from <= invoke.due && to <= span.to,
      )
      if (!isOpen) continue
      findings.judged += 1
      const allowed = withinMs + slowest(call)
      if (end.ms > allowed) {
        findings.add(to, `${describe(call)} took ${Math.round(end.ms)} ms, ${Math.round(allowed)} ms allowed`)
      }
    }
  })
}

const FROM_MEMORY = new Set(['verify', 'me', 'jwks', 'live'])
const SLICE_MS = 100

/** How long the slowest answer from memory took that an instance gave while a call was under way, in milliseconds. */
function fromMemory(calls: readonly Call[]): (call: Call) => number {
  const slowest = new Map<string, number>()
  for (const call of calls) {
    if (call.outcome !== 'ok' || !FROM_MEMORY.has(call.operation)) continue
    const ms = call.end?.ms ?? 0
    for (const slice of slicesOf(call)) slowest.set(slice, Math.max(slowest.get(slice) ?? 0, ms))
  }
  return (call) => Math.max(0, ...slicesOf(call).map((slice) => slowest.get(slice) ?? 0))
}

/** The tenths of a second in which a call that has ended was under way. */
function slicesOf({ instance, invoke, to }: Call): readonly string[] {
  const [first, last] = [Math.floor(invoke.due / SLICE_MS), Math.floor(to / SLICE_MS)]
  return Array.from({ length: last - first + 1 }, (_, i) => `${instance} ${first + i}`)
}
