import { once } from 'node:events'
import type { Socket } from 'node:net'
import t, { type Test } from 'tap'
import { fastifyOptions } from '../../app.ts'
import type { Config } from '../../lib/config.ts'
import { newSession, until } from '../fixtures/app.ts'
import { startWorld } from '../routes/world.ts'
import { open } from './raw.ts'
import { attacksOn, startTarget } from './target.ts'

// Sockets that keep the server waiting, at a server all whose times are as many times shorter. `npm run slow-clients` keeps 500
// of them at one with its own times, and measures what they cost everybody else.
const SOCKETS = 60
const SHORTER = 40
const { requestTimeout, connectionTimeout, http } = fastifyOptions({ trustProxy: false } as Config)
const serverOptions = {
  requestTimeout: requestTimeout / SHORTER,
  connectionTimeout: connectionTimeout / SHORTER,
  http: {
    headersTimeout: http.headersTimeout / SHORTER,
    connectionsCheckingInterval: http.connectionsCheckingInterval / SHORTER,
  },
}
const app = await startTarget(t, await startWorld(t), {}, { serverOptions })
const attack = attacksOn(t, app)
const { access_token: token } = await newSession(app)

/** Ports of clients whose connection has ended, as the server sees it. */
const closed = new Set<number | undefined>()
app.app.server.on('connection', (socket: Socket) => {
  const { remotePort } = socket
  socket.once('close', () => closed.add(remotePort))
})

/** Sockets that have sent the beginning of something; `told` fills with what comes back. */
async function slowSockets(t: Test, begin: string, count = SOCKETS) {
  const told: string[] = []
  const sockets = await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const socket = open(app.url).on('error', () => {})
      await once(socket, 'connect')
      told[i] = ''
      socket.setEncoding('latin1').on('data', (chunk) => {
        told[i] = `${told[i]}${chunk}`
      })
      socket.write(begin)
      return socket
    }),
  )
  t.teardown(() => sockets.forEach((socket) => void socket.destroy()))
  return { sockets, told, ports: sockets.map(({ localPort }) => localPort) }
}

/** Verifies again and again until the server has closed the sockets. */
async function verifyUntilClosed(
  t: Test,
  { ports }: { ports: (number | undefined)[] },
  meanwhile = () => {},
): Promise<void> {
  const statuses = new Set<number>()
  await until(async () => {
    meanwhile()
    statuses.add((await app.call('GET', '/auth/verify', { token })).status)
    return ports.every((port) => closed.has(port))
  })
  t.strictSame([...statuses], [200], 'verify goes on')
}

for (const [what, begin] of Object.entries({
  header: 'GET /auth/me HTTP/1.1\r\nHost: x\r\nX-A: a',
  body: 'POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10000\r\n\r\n{"email":"',
})) {
  attack('A28', `${SOCKETS} sockets that send a ${what} byte by byte are told 408 and closed`, async (t) => {
    const slow = await slowSockets(t, begin)
    await verifyUntilClosed(t, slow, () => {
      for (const socket of slow.sockets) if (socket.writable) socket.write('a')
    })
    for (const answer of slow.told) t.match(answer, /^HTTP\/1\.1 408 [\s\S]*"code":"invalid_request"/)
    t.equal(app.app.hashing.admitted, 0, 'none has kept a place in the hashing queue')
  })
}

attack('A28', '8 sockets that ask for megabytes and read nothing are closed', async (t) => {
  const slow = await slowSockets(t, '', 8)
  for (const socket of slow.sockets) {
    socket.pause()
    socket.write('GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(300))
  }
  await verifyUntilClosed(t, slow)
})
