import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t from 'tap'
import { startWorld } from '../../routes/world.ts'

const world = await startWorld(t)

t.test('beyond MAX_CONNECTIONS a connection is closed at once, and the open ones go on', async (t) => {
  const { app, url } = await world.start(t, { MAX_CONNECTIONS: '6' })
  const port = Number(new URL(url).port)
  // The start has asked whether it is ready, and keeps that connection.
  const free = 6 - (await app.connections.open())
  const inside = await Promise.all(Array.from({ length: free }, () => opened(port)))
  t.teardown(() => inside.forEach((socket) => void socket.destroy()))
  // An answer on each shows that the server has taken it in.
  for (const socket of inside) t.match(await get(socket, '/health/live'), /^HTTP\/1\.1 200 /)

  const surplus = await opened(port)
  surplus.on('error', () => {})
  await once(surplus, 'close')
  t.equal(app.connections.dropped, 1)
  const metrics = await get(inside[0] as Socket, '/metrics')
  t.match(metrics, /^tokenforge_http_connections 6$/m)
  t.match(metrics, /^tokenforge_http_connections_dropped_total 1$/m)

  inside.pop()?.destroy()
  const next = await accepted(port)
  t.match(await get(next, '/health/live'), /^HTTP\/1\.1 200 /, 'a place that was left is given to the next')
  next.destroy()
})

async function opened(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  return socket
}

/** Tries until the server keeps the connection: it learns of a closed one a moment later. */
async function accepted(port: number): Promise<Socket> {
  for (;;) {
    const socket = await opened(port)
    socket.on('error', () => {})
    const answer = await Promise.race([get(socket, '/health/live'), once(socket, 'close').then(() => null)])
    if (answer !== null) return socket
  }
}

/** One request on an open connection; resolves with everything up to the end of its body. */
async function get(socket: Socket, path: string): Promise<string> {
  socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`)
  let answer = ''
  for (;;) {
    const [chunk] = await once(socket, 'data')
    answer += chunk
    const [, length] = /content-length: (\d+)\r\n/i.exec(answer) ?? []
    const body = answer.indexOf('\r\n\r\n') + 4
    if (length !== undefined && body > 3 && Buffer.byteLength(answer) >= body + Number(length)) return answer
  }
}
