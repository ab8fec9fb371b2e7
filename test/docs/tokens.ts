import t, { type Test } from 'tap'
import { ADMIN_KEY, newSession } from '../fixtures/app.ts'
import { tampered } from '../interop/issuers.ts'
import { startWhole, startWorld } from '../routes/world.ts'
import type { Front } from '../verifier/front.ts'
import { startIssuer } from '../verifier/verifiers.ts'

const HOUR_MS = 3_600_000

/** A real server behind a front that is its issuer, and tokens of every kind. */
export interface TokenSource {
  readonly front: Front
  readonly issuer: string
  readonly audience: string
  good(): Promise<string>
  /** By what is wrong with them. */
  readonly bad: Readonly<Record<string, string>>
  /** A good one that is logged out at once. */
  loggedOut(): Promise<string>
  revokeAll(): Promise<void>
}

export async function startTokenSource(t: Test): Promise<TokenSource> {
  const world = await startWorld(t)
  const { app, front, options, token } = await startIssuer(t, world, { SIGNING_ALG: 'RS256' })
  const forged = tampered(await token())
  const [head, payload] = (await token()).split('.')
  const bad = {
    rubbish: 'rubbish',
    forged,
    'without a signature': `${head}.${payload}.`,
    ...(await fromOtherServers(app.env)),
  }
  return {
    front,
    issuer: front.url,
    audience: String(options.audience),
    good: token,
    bad,
    async loggedOut() {
      const { access_token } = await newSession(app)
      await app.call('POST', '/auth/logout', { token: access_token })
      return access_token
    },
    async revokeAll() {
      const { status } = await app.call('POST', '/admin/keys/revoke-all', {
        token: ADMIN_KEY,
        body: { reason: 'test' },
      })
      if (status !== 200) throw new Error(`Revoke All: ${status}`)
    },
  }
}

/** Tokens of the same keys, from servers that are set up in another way; these end at once. */
async function fromOtherServers(env: Record<string, string>): Promise<Record<string, string>> {
  const tokens: Record<string, string> = {}
  const anHourAgo = { now: () => Date.now() - HOUR_MS, monotonic: () => performance.now() }
  await t.test('tokens of other servers', async (t) => {
    const elsewhere = await startWhole(t, { ...env, AUDIENCE: 'https://elsewhere.example' })
    tokens['for another audience'] = (await newSession(elsewhere)).access_token
    const strange = await startWhole(t, { ...env, ISSUER: 'https://auth.elsewhere.example' })
    tokens['of another issuer'] = (await newSession(strange)).access_token
    const late = await startWhole(t, env, { clock: anHourAgo })
    tokens.expired = (await newSession(late)).access_token
  })
  return tokens
}
