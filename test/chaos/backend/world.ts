import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import type { Test } from 'tap'
import { WebSocket } from 'ws'
import backend from '../../../chaos/backend/app.ts'
import { readSettings } from '../../../chaos/backend/settings.ts'
import { json, REVOCATIONS } from '../../verifier/front.ts'
import { AUDIENCE, type StubIssuer, startStubIssuer } from '../../verifier/stub-issuer.ts'

/** A Backend, and an auth server that says what a test wants. */
export interface World {
  readonly issuer: StubIssuer
  readonly url: string
  readonly app: Awaited<ReturnType<typeof start>>
  /** Tells every verifier that this session is over, or that the keys are of another epoch. */
  tell(event: { readonly type: string; readonly [field: string]: unknown }): void
  get(path: string, token?: string): Promise<Response>
  /** Opens a socket; resolves when it is open. */
  connect(token: string): Promise<TestSocket>
}

/** A WebSocket and what was said on it. */
export interface TestSocket {
  readonly socket: WebSocket
  readonly welcome: Record<string, unknown>
  /** The next message. */
  next(): Promise<Record<string, unknown>>
  /** Says something, and waits for the next message. */
  ask(message: object): Promise<Record<string, unknown>>
  /** The code that it is closed with. */
  readonly closed: Promise<number>
}

async function start(t: Test, env: Record<string, string>) {
  const app = Fastify()
  await app.register(backend, { settings: readSettings(env) })
  t.teardown(() => app.close())
  await app.listen({ host: '127.0.0.1', port: 0 })
  await app.verifier.ready()
  return app
}

export async function startWorld(t: Test, settings: Record<string, string> = {}): Promise<World> {
  const issuer = await startStubIssuer(t)
  const streams = new Set<ServerResponse>()
  issuer.answer(REVOCATIONS, (request, response) => {
    if (request.headers.accept !== 'text/event-stream') {
      json({ cursor: '0-0', events: [{ type: 'keys_changed', epoch: 1 }] })(request, response)
      return
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': alive\n\n')
    streams.add(response)
  })
  const app = await start(t, { AUTH_URL: issuer.url, AUDIENCE, LOG_LEVEL: 'silent', ...settings })
  while (app.verifier.state().following !== 'stream') await new Promise((done) => setTimeout(done, 5))
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  return {
    ...{ issuer, url, app },
    tell(event) {
      for (const stream of streams) stream.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
    },
    get: (path, token) =>
      fetch(url + path, { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } }),
    connect: (token) => connect(t, url, token),
  }
}

/** The status that an upgrade is refused with. */
export function refusal(url: string, token?: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/socket`, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    })
    socket.on('error', () => {})
    socket.on('open', () => resolve(101))
    socket.on('unexpected-response', (request, response) => {
      resolve(response.statusCode)
      request.destroy()
    })
  })
}

async function connect(t: Test, url: string, token: string): Promise<TestSocket> {
  const headers = { authorization: `Bearer ${token}` }
  const socket = new WebSocket(`${url.replace('http', 'ws')}/socket`, { headers })
  t.teardown(() => socket.terminate())
  const heard: Record<string, unknown>[] = []
  socket.on('message', (data) => {
    heard.push(JSON.parse(String(data)))
    socket.emit('heard')
  })
  const closed = new Promise<number>((resolve) => socket.once('close', (code) => resolve(code)))
  async function next(): Promise<Record<string, unknown>> {
    for (;;) {
      const message = heard.shift()
      if (message !== undefined) return message
      await once(socket, 'heard')
    }
  }
  await once(socket, 'open')
  return {
    ...{ socket, closed, next },
    welcome: await next(),
    ask(message) {
      socket.send(JSON.stringify(message))
      return next()
    },
  }
}
