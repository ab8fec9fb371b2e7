import t from 'tap'
import { redisReadOnly } from '../../chaos/faults.ts'
import { startApp } from '../fixtures/app.ts'
import { sessionOn, settled, startWorld, whole } from './world.ts'

// After a failover the old primary refuses writes: its connection is given up, for the new one to be found.

t.test('many calls that are refused at once give up their connection once', async (t) => {
  const { redis, env } = await startWorld(t)
  const server = await startApp(t, env)
  await whole(server)
  const sessions = await Promise.all(Array.from({ length: 20 }, () => sessionOn(server)))
  const refreshes = sessions.map(
    ({ refresh_token }) =>
      () =>
        server.call('POST', '/auth/refresh', { body: { refresh_token } }),
  )
  const warnings: string[] = []
  const heard = ({ message }: Error) => void warnings.push(message)
  process.on('warning', heard)
  t.teardown(() => process.off('warning', heard))

  const fault = redisReadOnly(redis)
  t.teardown(() => fault.heal())
  await fault.strike()
  // So that all are under way before the first is refused.
  redis.network.delay(50)
  for (const { status } of await Promise.all(refreshes.map((refresh) => refresh()))) t.equal(status, 503)
  redis.network.pass()
  await fault.heal()
  for (const { status } of await Promise.all(refreshes.map(settled))) t.equal(status, 200)
  t.strictSame(warnings, [])
})
