export type {
  Clock,
  Verifier,
  VerifierEvents,
  VerifierFault,
  VerifierOptions,
  VerifierState,
} from './api.ts'
export type { AccessClaims } from './claims.ts'
export { type InvalidReason, InvalidTokenError, type UncheckableReason, UncheckableTokenError } from './errors.ts'
export { createVerifier } from './verifier.ts'
