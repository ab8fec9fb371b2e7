import { setTimeout as sleep } from 'node:timers/promises'
import type { Lab } from '../lab/lab.ts'
import { type ServerUnderTest, startServer } from '../outage-table/server-under-test.ts'
import { serverWatcher, verifierWatcher, type Watcher } from './watchers.ts'

/** For so long after "Revoke All" everybody is asked about the old token: longer than any bound. */
const WATCH_MS = 2500
/** Until all are at it. */
const BEFORE_MS = 50
const PATIENCE_MS = 10_000

/** One "Revoke All", in milliseconds since it was sent. */
export interface Run {
  readonly answeredMs: number
  readonly seen: readonly Seen[]
}

/** When a watcher accepted the old token for the last time. */
export interface Seen {
  readonly watcher: Watcher
  /** Whether its instance was the one that "Revoke All" went to. */
  readonly wasAsked: boolean
  readonly lastMs: number
}

/** Two instances on one Postgres and one Redis; on each a verifier by stream and one by polling. */
export async function measure(lab: Lab, runs: number, say: (text: string) => void): Promise<Run[]> {
  await using stack = new AsyncDisposableStack()
  const servers = [await startServer(lab), await startServer(lab)] as const
  const credentials = { email: 'somebody@example.com', password: 'seven quiet herons' }
  await servers[0].call('POST', '/auth/register', credentials)
  const first = await newToken(servers[0], credentials)
  const { iss: issuer, aud: audience } = JSON.parse(atob(first.split('.')[1] ?? ''))
  const watchers: Watcher[] = []
  for (const server of servers) {
    watchers.push(serverWatcher(server))
    for (const kind of ['stream', 'polling'] as const) {
      watchers.push(await verifierWatcher(server, kind, { issuer, audience }, stack))
    }
  }
  const done: Run[] = []
  for (let i = 0; i < runs; i += 1) {
    const run = await revokeAll(lab, servers[i % 2] as ServerUnderTest, watchers, credentials)
    say(`${i + 1}/${runs}: nowhere accepted after ${Math.round(Math.max(...run.seen.map(({ lastMs }) => lastMs)))} ms`)
    done.push(run)
  }
  return done
}

async function revokeAll(
  lab: Lab,
  server: ServerUnderTest,
  watchers: readonly Watcher[],
  credentials: object,
): Promise<Run> {
  const token = await newToken(server, credentials)
  await Promise.all(watchers.map((watcher) => untilAccepted(watcher, token)))
  const last = new Map<Watcher, number>()
  const over = new AbortController()
  const watching = watchers.map((watcher) => watch(watcher, token, over.signal, (at) => last.set(watcher, at)))
  await sleep(BEFORE_MS)
  const begin = performance.now()
  const { status } = await server.call('POST', '/admin/keys/revoke-all', { reason: 'measured' }, lab.adminKey)
  const answeredMs = performance.now() - begin
  if (status !== 200) throw new Error(`Revoke All was answered with ${status}`)
  await sleep(begin + WATCH_MS - performance.now())
  over.abort()
  await Promise.all(watching)
  const seen = watchers.map((watcher) => ({
    watcher,
    wasAsked: watcher.on === server.instance.name,
    lastMs: Math.max(0, (last.get(watcher) ?? Number.NaN) - begin),
  }))
  return { answeredMs, seen }
}

/** Asks again and again; tells when an answer that accepts the token was there. */
async function watch(watcher: Watcher, token: string, over: AbortSignal, accepted: (at: number) => void) {
  while (!over.aborted) {
    if (await watcher.accepts(token)) accepted(performance.now())
    await sleep(watcher.pauseMs)
  }
}

/** After an emergency the others hear of the new key a moment later. */
async function untilAccepted(watcher: Watcher, token: string): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; !(await watcher.accepts(token)); await sleep(20)) {
    if (performance.now() > end) throw new Error(`${watcher.name} never accepts a good token`)
  }
}

async function newToken({ call }: ServerUnderTest, credentials: object): Promise<string> {
  const { status, body } = await call('POST', '/auth/login', credentials)
  if (status !== 200) throw new Error(`login: ${status} ${JSON.stringify(body)}`)
  return body.access_token
}
