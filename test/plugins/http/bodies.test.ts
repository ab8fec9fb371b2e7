import t from 'tap'
import { isProblem } from '../../routes/expect.ts'
import { send } from '../../routes/send.ts'
import { startAlone } from '../../routes/world.ts'

const app = await startAlone(t)
const post = (body: string | Buffer, type = 'application/json') =>
  send(app.url, { method: 'POST', path: '/auth/refresh', headers: { 'content-type': type }, body })

t.test('a body of another kind, or in another charset, is refused as such', async (t) => {
  for (const type of ['text/plain', 'application/xml', 'application/json; charset=utf-16']) {
    isProblem(t, await post('{"refresh_token":"x"}', type), { status: 415, code: 'unsupported_media_type' }, type)
  }
})

t.test('a body that is no JSON in UTF-8 is a bad request', async (t) => {
  for (const body of ['{', 'null x', '{"__proto__":{"x":1}}', Buffer.from([0x22, 0xff, 0x22])]) {
    isProblem(t, await post(body), { status: 400, code: 'invalid_request' }, String(body))
  }
})

t.test('a member that stands twice is named', async (t) => {
  const answer = await post('{"refresh_token":"x","refresh_token":"y"}')
  isProblem(t, answer, { status: 400, code: 'invalid_request', field: 'refresh_token' })
})

t.test('an empty body is none', async (t) => {
  isProblem(t, await post(''), { status: 400, code: 'invalid_request', field: 'body' })
})

t.test('a body that is too large is refused', async (t) => {
  isProblem(t, await post(`"${'x'.repeat(20_000)}"`), { status: 413, code: 'payload_too_large' })
})
