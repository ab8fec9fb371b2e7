import type { Test } from 'tap'
import { createVerifier, type Verifier, type VerifierFault, type VerifierOptions } from '../../verifier/index.ts'
import { newSession } from '../fixtures/app.ts'
import type { World, WorldApp } from '../routes/world.ts'
import { type Front, startFront } from './front.ts'

/** A verifier that closes with the test, and the faults that it told of. */
export function startVerifier(t: Test, options: VerifierOptions): Verifier & { readonly faults: VerifierFault[] } {
  const verifier = createVerifier(options)
  const faults: VerifierFault[] = []
  verifier.on('error', (fault) => faults.push(fault))
  t.teardown(() => verifier.close())
  return Object.assign(verifier, { faults })
}

/** Where the faults were. */
export function partsOf({ faults }: { readonly faults: readonly VerifierFault[] }): string[] {
  return faults.map(({ part }) => part)
}

/** A real server behind a front that is its issuer. */
export interface Issuer {
  readonly app: WorldApp
  readonly front: Front
  readonly options: VerifierOptions
  /** A fresh access token. */
  token(): Promise<string>
}

export async function startIssuer(t: Test, world: World, more: Record<string, string> = {}): Promise<Issuer> {
  const front = await startFront(t)
  const app = await world.start(t, { ISSUER: front.url, ...more })
  front.behind = app.url
  const options = { issuer: front.url, audience: String(app.env.AUDIENCE) }
  return { app, front, options, token: async () => (await newSession(app)).access_token }
}

/** The verdict on a token: `valid`, or why not. */
export async function verdictOf(verifier: Verifier, token: string): Promise<string> {
  return verifier.verify(token).then(
    () => 'valid',
    (error) => `${error.code} ${error.reason}`,
  )
}
