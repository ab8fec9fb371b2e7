import { createVerifier, type Verifier } from '../../verifier/index.ts'
import type { ServerUnderTest } from '../outage-table/server-under-test.ts'

/** Somebody who accepts tokens, or not. */
export interface Watcher {
  readonly name: string
  /** The instance that it is, or knows alone. */
  readonly on: string
  /** Whose time counts for which bound. */
  readonly kind: 'server' | 'stream' | 'polling'
  accepts(token: string): Promise<boolean>
  /** Milliseconds between two questions. */
  readonly pauseMs: number
}

const VERIFIER_PAUSE_MS = 2
const SERVER_PAUSE_MS = 10

/** The server itself, asked as a reverse proxy asks it. */
export function serverWatcher({ instance }: ServerUnderTest): Watcher {
  const accepts = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` }
    return (await fetch(`${instance.url}/auth/verify`, { headers })).status === 200
  }
  return { name: '`/auth/verify`', on: instance.name, kind: 'server', accepts, pauseMs: SERVER_PAUSE_MS }
}

/** A verifier that knows one instance alone, with its event stream or without. */
export async function verifierWatcher(
  { instance: { name: on, url } }: ServerUnderTest,
  kind: 'stream' | 'polling',
  rules: { readonly issuer: string; readonly audience: string },
  stack: AsyncDisposableStack,
): Promise<Watcher> {
  const verifier = createVerifier({
    ...rules,
    jwksUri: `${url}/.well-known/jwks.json`,
    revocationsUri: `${url}/auth/revocations`,
    ...(kind === 'polling' && { fetch: withoutStreams }),
  })
  stack.defer(() => verifier.close())
  await verifier.ready()
  await following(verifier, kind)
  const accepts = (token: string) =>
    verifier.verify(token).then(
      () => true,
      () => false,
    )
  return {
    name: kind === 'stream' ? 'verifier by the stream' : 'verifier by polling',
    on,
    kind,
    accepts,
    pauseMs: VERIFIER_PAUSE_MS,
  }
}

/** What a proxy makes of the stream that knows none. */
const withoutStreams: typeof fetch = async (input, init) => {
  const wantsStream = new Headers(init?.headers).get('accept') === 'text/event-stream'
  return wantsStream ? new Response(null, { status: 406 }) : fetch(input, init)
}

async function following(verifier: Verifier, way: string): Promise<void> {
  for (const end = performance.now() + 10_000; verifier.state().following !== way; ) {
    if (performance.now() > end) throw new Error(`the verifier does not follow by ${way}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
