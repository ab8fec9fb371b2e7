import { type Call, callsOf, describe } from './calls.ts'
import { check } from './check.ts'
import { type ExcuseOptions, Excuses } from './excuses.ts'
import { type DownOptions, downSpans, overlap } from './spans.ts'
import type { Check } from './verdict.ts'

export interface VerifyingOptions extends ExcuseOptions, DownOptions {}

/**
 * 9a. `verify` and `me` succeed through every fault that is not the asked instance's own death: each call with a token that
 * is neither expired nor revoked is 200. A revocation excuses from the moment it was asked for, also when its outcome is
 * unknown. From its exit until it has started again with its keys, and while it is a fault's own target, nobody expects an
 * instance to answer.
 * Tokens that did not come from an answer in this history (forged ones) are not judged.
 */
export function tokensAlwaysVerify(options: VerifyingOptions = {}): Check {
  return check('tokens-always-verify', 'every valid access token verifies, whatever fails', (history, findings) => {
    const excuses = new Excuses(history, options)
    const isUp = whoIsUp(downSpans(history, options))
    for (const call of callsOf(history)) {
      if (!(call.operation === 'verify' || call.operation === 'me') || !isUp(call)) continue
      if (call.outcome !== 'ok' && excuses.ofAccess(call) !== undefined) continue
      if (!excuses.tokens.access.has(call.invoke.access ?? '')) continue
      findings.judged += 1
      if (call.outcome !== 'ok') findings.add(call.from, describe(call))
    }
  })
}

/** 9b. The JWKS is served through every fault that is not the asked instance's own death, too. */
export function jwksAlwaysServed(options: DownOptions = {}): Check {
  return check('jwks-always-served', 'the key set is always served, whatever fails', (history, findings) => {
    const isUp = whoIsUp(downSpans(history, options))
    for (const call of callsOf(history)) {
      if (call.operation !== 'jwks' || !isUp(call)) continue
      findings.judged += 1
      if (call.outcome !== 'ok') findings.add(call.from, describe(call))
    }
  })
}

/** 9c. Nobody is taken for somebody else: an answer about a token names the session and the email that it belongs to. */
export function noMixUp(): Check {
  return check('no-mix-up', 'an answer is about who has asked', (history, findings) => {
    for (const call of callsOf(history)) {
      const { invoke, end, to } = call
      if (end?.type !== 'ok' || (end.user === undefined && end.session === undefined)) continue
      findings.judged += 1
      for (const field of ['user', 'session'] as const) {
        const [asked, told] = [invoke[field], end[field]]
        if (asked === undefined || told === undefined || asked === told) continue
        findings.add(to, `${describe(call)}: it is ${field} ${asked} that asked, ${told} that was told of`)
      }
    }
  })
}

function whoIsUp(down: ReturnType<typeof downSpans>): (call: Call) => boolean {
  return (call) => !down.get(call.instance)?.some((span) => overlap(span, call))
}
