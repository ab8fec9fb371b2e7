import t from 'tap'
import { startAlone } from '../../routes/world.ts'

const COUNT = /^tokenforge_http_request_duration_seconds_count\{method="GET",route="\/health\/live",status="200"\} 1$/m

// Fastify tells nobody of an error in a hook behind an answer, and leaves out the hooks that come after it.
t.test('a request that notes nothing for the log is counted like any other', async (t) => {
  const { call } = await startAlone(t)
  t.equal((await call('GET', '/health/live')).status, 200)
  t.match((await call('GET', '/metrics')).body, COUNT)
})
