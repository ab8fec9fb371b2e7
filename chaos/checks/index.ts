export { alertsCleared, alertsRaised, type ExpectedAlert, noFalseAlarm } from './alerts.ts'
export {
  type AllSucceedOptions,
  type AnswersDuringOptions,
  allSucceed,
  answersDuring,
  type BoundedOptions,
  bounded,
  type Expected,
  no500,
  noLeak,
} from './answers.ts'
export { backendSaysSo, backendServes } from './backend.ts'
export { type BreakerOrderOptions, breakerCloses, breakerOrder } from './breakers.ts'
export type { ExcuseOptions } from './excuses.ts'
export { type GuessBudgetOptions, guessBudget, noPasswordChecked } from './guesses.ts'
export { alwaysHold, holdOfBreakers, holdUnderFaults, type InvariantOptions } from './invariants.ts'
export { type LoadKeptUpOptions, loadKeptUp } from './load.ts'
export { outageIsNoVerdict } from './no-verdict.ts'
export { cleanLog, sameProcess } from './processes.ts'
export {
  loggedOutWrongly,
  lostAnswersForgiven,
  type RefreshOnceOptions,
  refreshOnce,
  sessionsSurvive,
} from './refreshes.ts'
export { type RefusedAtOnceOptions, refusalsSayWhen, refusedAtOnce } from './refusals.ts'
export { registeredOnce, registrationsKept } from './registrations.ts'
export { type RevocationOptions, revocationHolds } from './revocations.ts'
export { type RevokeAllOptions, revokeAllHolds, revokeAllSignsAnew } from './revoke-all.ts'
export { type SecretsNotLoggedOptions, secretsNotLogged } from './secrets.ts'
export { revokedSocketsClose, type SocketsCloseOptions, socketsKept } from './sockets.ts'
export { noIoWhileOpen, oneTrial, type TrafficOptions } from './traffic.ts'
export { type Check, passes, type Verdict } from './verdict.ts'
export { jwksAlwaysServed, noMixUp, tokensAlwaysVerify, type VerifyingOptions } from './verifying.ts'
