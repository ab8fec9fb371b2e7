import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { type WebSocket, WebSocketServer } from 'ws'
import { History } from '../../../../chaos/history/history.ts'
import { LiveSocket } from '../../../../chaos/workload/sockets/live-socket.ts'

t.test('a socket that is closed with something under way waits for its answer', async (t) => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  t.teardown(() => server.close())
  const asked = Promise.withResolvers<WebSocket>()
  server.on('connection', (socket) => {
    socket.on('message', () => asked.resolve(socket))
    socket.send(JSON.stringify({ type: 'welcome', connection: 'c1' }))
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const closed = Promise.withResolvers<number>()
  const history = new History({ scenario: t.name })
  const live = new LiveSocket({ history, to: { name: 'backend', url }, onClosed: closed.resolve })
  const access = { token: 'a.b.c', fingerprint: 'f', kid: 'k' } as Parameters<LiveSocket['open']>[0]
  t.match(await live.open(access), { type: 'ok' })

  const presented = live.present(access)
  const peer = await asked.promise
  live.close()
  t.equal(live.isOpen, true)
  peer.send(JSON.stringify({ type: 'token_accepted' }))
  t.match(await presented, { type: 'ok' })
  t.equal(await closed.promise, 1000)
})
