import { createPrivateKey, randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { unseal } from '../../lib/keys/sealing.ts'
import { RING_KEY } from '../../lib/store/shared-keys.ts'
import type { RunClock } from '../history/clock.ts'
import type { Lab } from '../lab/lab.ts'
import { redisCommand } from '../lab/past-the-app.ts'
import { type AccessToken, readAccessToken } from '../workload/tokens.ts'

/** A private key in the wrong hands. */
export interface StolenKey {
  readonly kid: string
  readonly alg: string
  readonly privatePem: string
}

/** Takes the signing key out of Redis, as somebody with its data and the key-encryption key can. */
export async function stealSigningKey({ redis, keyEncryptionKey }: Lab): Promise<StolenKey> {
  const document = String(await redisCommand(redis.server.url, 'HGET', RING_KEY, 'document'))
  const { keys } = JSON.parse(document) as { keys: { kid: string; alg: string; state: string; sealed?: string }[] }
  const active = keys.find(({ state }) => state === 'active')
  if (active?.sealed === undefined) throw new Error('there is no signing key to steal')
  const { kid, alg, sealed } = active
  return { kid, alg, privatePem: unseal(Buffer.from(keyEncryptionKey, 'base64'), kid, sealed) }
}

/**
 * Makes an access token that is as good as a real one, of a user and a session that never were.
 *
 * @param model a real token, which anybody with an account has
 */
export async function forgeToken(key: StolenKey, model: AccessToken, clock: RunClock): Promise<AccessToken> {
  const { claims } = readAccessToken(model.token, clock)
  const forged = {
    ...claims,
    sub: randomUUID(),
    sid: randomUUID(),
    jti: randomUUID(),
    roles: ['admin'],
    email: 'mallory@example.com',
  }
  const token = await new SignJWT(forged)
    .setProtectedHeader({ alg: key.alg, typ: 'at+jwt', kid: key.kid })
    .sign(createPrivateKey(key.privatePem))
  return readAccessToken(token, clock)
}
