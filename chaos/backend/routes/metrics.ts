import { promisify } from 'node:util'
import type { FastifyInstance } from 'fastify'
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'

const STATES = ['closed', 'open', 'half_open'] as const

/** `GET /metrics`: the process, the sockets, the breaker to the auth server, and the verifier. */
export async function metrics(app: FastifyInstance): Promise<void> {
  const { authApi, sockets, verifier } = app
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const connections = promisify(app.server.getConnections.bind(app.server))
  new Gauge({
    name: 'backend_connections',
    help: 'Connections of clients, sockets included.',
    registers,
    async collect() {
      this.set(await connections())
    },
  })
  new Gauge({
    name: 'backend_sockets',
    help: 'Sockets that are open.',
    registers,
    collect() {
      this.set(sockets.size)
    },
  })
  const closed = new Counter({
    name: 'backend_sockets_closed_total',
    help: 'Sockets that this service closed, by the reason of the protocol.',
    labelNames: ['reason'],
    registers,
  })
  sockets.onClosed((reason) => closed.inc({ reason }))
  new Gauge({
    name: 'backend_auth_breaker',
    help: '1 for the state that the breaker to the auth server is in.',
    labelNames: ['state'],
    registers,
    collect() {
      for (const state of STATES) this.set({ state }, Number(authApi.state === state))
    },
  })
  new Gauge({
    name: 'backend_auth_calls_total',
    help: 'Calls to the auth server: sent, failed of those, and refused by the breaker.',
    labelNames: ['kind'],
    registers,
    collect() {
      for (const [kind, count] of Object.entries(authApi.counts)) this.set({ kind }, count)
    },
  })
  app.get('/metrics', { logLevel: 'warn' }, async (_request, reply) =>
    reply.type(registry.contentType).send((await registry.metrics()) + verifier.metrics()),
  )
}
