import { type BoundedOptions, bounded, no500, noLeak } from './answers.ts'
import { type BreakerOrderOptions, breakerCloses, breakerOrder } from './breakers.ts'
import { loadKeptUp } from './load.ts'
import { outageIsNoVerdict } from './no-verdict.ts'
import { cleanLog, sameProcess } from './processes.ts'
import { type RefreshOnceOptions, refreshOnce, sessionsSurvive } from './refreshes.ts'
import { type RefusedAtOnceOptions, refusalsSayWhen, refusedAtOnce } from './refusals.ts'
import { registeredOnce, registrationsKept } from './registrations.ts'
import { type SecretsNotLoggedOptions, secretsNotLogged } from './secrets.ts'
import { noIoWhileOpen, oneTrial, type TrafficOptions } from './traffic.ts'
import type { Check } from './verdict.ts'
import { jwksAlwaysServed, noMixUp, tokensAlwaysVerify, type VerifyingOptions } from './verifying.ts'

export type InvariantOptions = VerifyingOptions &
  RefreshOnceOptions &
  BoundedOptions &
  BreakerOrderOptions &
  RefusedAtOnceOptions &
  SecretsNotLoggedOptions &
  TrafficOptions

/**
 * What holds in every history of a load (register, login, refresh, verify, jwks) with an audit at its end, of instances
 * whose life and log the history tells.
 */
export function alwaysHold(options: InvariantOptions = {}): readonly Check[] {
  return [
    registrationsKept(),
    registeredOnce(),
    refreshOnce(options),
    sessionsSurvive(options),
    tokensAlwaysVerify(options),
    jwksAlwaysServed(options),
    noMixUp(),
    bounded(options),
    no500(),
    sameProcess(),
    cleanLog(),
    secretsNotLogged(options),
    loadKeptUp(),
  ]
}

/** What holds as well where a dependency is away and clients are refused with 503. */
export function holdUnderFaults(options: InvariantOptions = {}): readonly Check[] {
  return [outageIsNoVerdict(options), refusalsSayWhen(), noLeak()]
}

/** What holds as well where a breaker opens and half-opens, with the traffic of the instances in the history. */
export function holdOfBreakers(options: InvariantOptions = {}): readonly Check[] {
  return [breakerOrder(options), breakerCloses(), noIoWhileOpen(options), oneTrial(options), refusedAtOnce(options)]
}
