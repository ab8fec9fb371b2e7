import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { until } from '../../fixtures/app.ts'
import { startAlone } from '../../routes/world.ts'

t.test('a connection on which nothing was ever asked does not hold up the end', async (t) => {
  const { app, url, call } = await startAlone(t)
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port) })
  await once(socket, 'connect')
  t.equal((await call('GET', '/health/live')).status, 200, 'and by now the server has taken it')
  let closed = false
  const closing = app.close().then(() => {
    closed = true
  })
  await until(() => closed, 5_000).catch(() => t.fail('not closed within 5 s'))
  socket.destroy()
  await closing
  t.ok(closed)
})

t.test('a connection that is kept alive between requests does not hold up the end', async (t) => {
  const { app, url } = await startAlone(t)
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port) })
  socket.write('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n')
  await once(socket, 'data')
  const ended = once(socket, 'close')
  await app.close()
  socket.resume()
  await ended
  t.pass('both have ended')
})
