import t, { type Test } from 'tap'
import { checkTarget, isLive } from '../../chaos/lab/drivers/compose-target.ts'
import { freePort } from '../../local/ports.ts'
import { httpServer } from './http-server.ts'

const READY = {
  status: 'degraded',
  capabilities: { register: 'unavailable', login: 'unavailable', refresh: 'ok', verify: 'ok', logout: 'ok' },
  dependencies: { postgres: {}, redis: {}, 'signing-keys': {} },
}

/** A server that answers `/health/ready` with this and describes itself as version 1.2.3. */
function target(t: Test, status: number, ready: unknown): Promise<string> {
  return httpServer(t, (request, reply) => {
    const body = request.url === '/openapi.json' ? { info: { version: '1.2.3' } } : ready
    reply.writeHead(request.url === '/health/ready' ? status : 200).end(JSON.stringify(body))
  })
}

t.test('a TokenForge, whole or not', async (t) => {
  const url = await target(t, 200, READY)
  t.same(await checkTarget(`${url}/`), { url, version: '1.2.3' })
  t.equal(await isLive(url), true)
})

t.test('a TokenForge that has no keys yet', async (t) => {
  const url = await target(t, 503, { dependency: 'signing-keys', detail: 'there is no key ring yet' })
  await t.rejects(checkTarget(url), { message: `${url} is not ready: there is no key ring yet` })
})

t.test('something else', async (t) => {
  for (const [status, body] of [
    [200, { status: 'ok' }],
    [200, 'ok'],
    [404, READY],
    [302, READY],
  ] as const) {
    const url = await target(t, status, body)
    await t.rejects(checkTarget(url), { message: `${url} is no TokenForge: /health/ready answers ${status}` })
  }
})

t.test('nobody there', async (t) => {
  const url = `http://127.0.0.1:${await freePort()}`
  await t.rejects(checkTarget(url), { message: `${url}/health/ready can not be reached: ECONNREFUSED` })
  t.equal(await isLive(url), false)
})

t.test('no URL that is asked', async (t) => {
  for (const url of ['auth.example.com', 'file:///etc/passwd', 'redis://127.0.0.1', '']) {
    await t.rejects(checkTarget(url), { message: `${url}: not an http or https URL` })
  }
})
