import type { Test } from 'tap'
import { newClient, until, untilWhole } from './client.ts'
import type { Project } from './project.ts'

/** The server ends in good order when Compose stops it, well within its grace. */
export async function endsInGoodOrder(t: Test, project: Project, base: string): Promise<void> {
  const started = await project.inspect('server', '{{.Path}} {{join .Args " "}}')
  t.equal(started, 'node --max-semi-space-size=16 server.ts')
  const start = performance.now()
  await project.compose('stop', 'server')
  const seconds = (performance.now() - start) / 1000
  t.equal((await project.container('server')).exitCode, 0)
  t.ok(seconds < 10, `${seconds.toFixed(1)} s`)
  t.match(await project.compose('logs', '--no-color', 'server'), /"signal":"SIGTERM","msg":"ending"/)

  await project.compose('start', 'server')
  const again = performance.now()
  await untilWhole(base)
  t.comment(`whole ${((performance.now() - again) / 1000).toFixed(1)} s after its start`)
}

/** Postgres and Redis end in good order too: neither repairs anything at its next start. */
export async function databasesEndInGoodOrder(t: Test, project: Project, base: string): Promise<void> {
  await project.compose('stop', 'postgres', 'redis')
  t.equal((await project.container('postgres')).exitCode, 0)
  t.equal((await project.container('redis')).exitCode, 0)
  await project.compose('start', 'postgres', 'redis')
  await untilWhole(base)
  t.notMatch(await project.compose('logs', '--no-color', 'postgres'), /was not properly shut down/)
}

/** Accounts and sessions are still there after all containers were removed and made again. */
export async function keepsItsData(t: Test, project: Project, base: string): Promise<void> {
  const client = newClient(base)
  t.equal((await client.register()).status, 201)
  t.equal((await client.login()).status, 200)
  await project.compose('down')
  await project.compose('up', '--detach', '--no-build')
  await untilWhole(base)
  t.equal((await client.verify()).status, 200, 'the keys')
  t.equal((await client.refresh()).status, 200, 'the session')
  t.equal((await client.login()).status, 200, 'the account')
}

/** A server that ended without being asked to by the engine comes back by itself. */
export async function comesBack(t: Test, project: Project, base: string): Promise<void> {
  const { pid } = await project.container('server')
  // From inside: what the engine sends counts as wanted.
  await project.shell('server', 'kill -TERM 1')
  await until(200, async () => {
    const now = await project.container('server')
    return { status: now.state === 'running' && now.pid !== pid ? 200 : 0, body: {} }
  })
  await untilWhole(base)
  t.ok(Number(await project.inspect('server', '{{.RestartCount}}')) >= 1)
}
