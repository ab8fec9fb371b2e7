import type { Lab } from '../lab/lab.ts'
import { type ServerUnderTest, startServer } from '../outage-table/server-under-test.ts'
import type { LastAcceptances, Looks } from './orders.ts'
import { OUTAGES } from './outages.ts'
import { startWitness, type Witness } from './witness-process.ts'

export const TOKENS = 10
/** Three times ten minutes, for which jose and jwks-rsa keep a key set by default. */
export const MINUTES = 30
export const QUIET_MINUTES = 10

export interface Measured {
  /** By outage. */
  readonly outages: Readonly<Record<string, Looks>>
  readonly withdrawn: LastAcceptances
}

/** Strikes each outage at a real server beside the clients, which have its keys by then; last, withdraws a key. */
export async function measure(lab: Lab, say: (text: string) => void): Promise<Measured> {
  const server = await startServer(lab)
  const tokens: string[] = []
  while (tokens.length < TOKENS) tokens.push(await newToken(server))
  const outages: Record<string, Looks> = {}
  for (const [name, strike] of Object.entries(OUTAGES)) {
    say(`the issuer ${name}`)
    await using witness = await startWitness()
    await load(witness, server, tokens)
    {
      await using _outage = await strike(server.instance)
      outages[name] = await witness.watch({ minutes: MINUTES, quietMinutes: QUIET_MINUTES })
    }
    await server.instance.start()
  }
  say('a key is withdrawn')
  await using witness = await startWitness()
  await load(witness, server, tokens)
  const { status } = await server.call('POST', '/admin/keys/revoke-all', { reason: 'measured' }, lab.adminKey)
  if (status !== 200) throw new Error(`Revoke All was answered with ${status}`)
  return { outages, withdrawn: await witness.watchWithdrawn({ minutes: MINUTES }) }
}

/** Makes clients that have just accepted the tokens. */
async function load(witness: Witness, { instance }: ServerUnderTest, tokens: readonly string[]): Promise<void> {
  const { iss: issuer, aud: audience } = JSON.parse(atob(tokens[0]?.split('.')[1] ?? ''))
  await witness.load({ target: { url: instance.url, issuer, audience }, tokens })
}

async function newToken({ call }: ServerUnderTest): Promise<string> {
  const credentials = { email: `${crypto.randomUUID()}@example.com`, password: 'seven quiet herons' }
  await call('POST', '/auth/register', credentials)
  const { status, body } = await call('POST', '/auth/login', credentials)
  if (status !== 200) throw new Error(`login: ${status} ${JSON.stringify(body)}`)
  return body.access_token
}
