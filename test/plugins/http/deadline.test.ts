import Fastify from 'fastify'
import t from 'tap'
import app, { fastifyOptions } from '../../../app.ts'
import { loadConfig } from '../../../lib/config.ts'
import { call, testEnvironment } from '../../fixtures/app.ts'

t.test('a handler that does not end is answered at its deadline, and named for what is away', async (t) => {
  const nowhere = { postgres: 'postgres://127.0.0.1:1/none', redis: 'redis://127.0.0.1:1' }
  const config = loadConfig(testEnvironment(nowhere))
  const server = Fastify(fastifyOptions(config))
  await server.register(app, { config })
  server.get('/never', { handlerTimeout: 20 }, () => new Promise(() => {}))
  t.teardown(() => server.close())
  const url = await server.listen({ host: '127.0.0.1', port: 0 })
  const { status, body, headers } = await call(url, 'GET', '/never')
  t.match({ status, body }, { status: 503, body: { code: 'dependency_unavailable', dependency: 'postgres' } })
  t.match(headers.get('retry-after'), /^[1-9]\d*$/)
})
