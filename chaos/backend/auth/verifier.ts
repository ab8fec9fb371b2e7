import type { FastifyBaseLogger } from 'fastify'
import { createVerifier, type Verifier } from '../../../verifier/index.ts'
import type { Settings } from '../settings.ts'

/**
 * The verifier of this service: tokens are checked here, by the keys that the auth server publishes, so that nobody who is
 * logged in notices when it is away. Keys and revocations are believed for as long as that takes: a service that must stop
 * accepting tokens after some time gives `maxStalenessMs`.
 */
export function openVerifier(settings: Settings, log: FastifyBaseLogger): Verifier {
  const { issuer, audience, jwksUri, revocationsUri, snapshotFile } = settings
  const verifier = createVerifier({
    ...{ issuer, audience, jwksUri, revocationsUri },
    ...(snapshotFile !== undefined && { snapshotFile }),
  })
  verifier.on('error', ({ part, error }) =>
    log.warn({ part, reason: error.message }, 'verifier: goes on with what it has'),
  )
  verifier.on('keys', ({ kids, removed }) => log.info({ kids, removed }, 'verifier: other keys'))
  return verifier
}
