import { join } from 'node:path'
import type { Test } from 'tap'
import type { BreakerEvent, ProcessEvent } from '../../chaos/history/events.ts'
import { type DeploymentTarget, openDeployment } from '../../chaos/lab/drivers/deployment.ts'
import { newClient, until, untilWhole } from './client.ts'
import type { Project } from './project.ts'
import { ROOT } from './settings.ts'

const PATIENCE_MS = 1_000

/** Each thing that the deployment driver does to a dependency really happens, is healed, and can be asked for twice. */
export async function breaksAndHeals(t: Test, target: DeploymentTarget, name: 'postgres' | 'redis'): Promise<void> {
  const events: (BreakerEvent | ProcessEvent)[] = []
  await using deployment = await openDeployment(target, { onEvent: (event) => events.push(event) })
  const { server } = deployment[name]
  const met = async () => (await server.greet(PATIENCE_MS)).outcome
  const client = newClient(target.url)
  t.equal((await client.register()).status, 201)
  t.equal((await client.login()).status, 200)
  t.equal(await met(), 'answered')

  const states = () => events.flatMap((event) => (isOf(event, name) ? [event.state] : []))
  const faults = [
    { title: 'stopped', strike: server.stop, heal: server.start, expected: 'refused' },
    { title: 'killed', strike: server.kill, heal: server.start, expected: 'refused' },
    { title: 'frozen', strike: server.freeze, heal: server.thaw, expected: 'silent' },
    {
      title: 'frozen, then killed',
      strike: () => server.freeze().then(server.kill),
      heal: server.start,
      expected: 'refused',
    },
    {
      title: 'frozen, then stopped',
      strike: () => server.freeze().then(server.stop),
      heal: server.start,
      expected: 'refused',
    },
  ]
  for (const { title, strike, heal, expected } of faults) {
    const start = performance.now()
    await strike()
    const struck = performance.now()
    t.equal(await met(), expected, title)
    t.equal((await client.login()).status, 503, `${title}: no login`)
    t.equal((await client.verify()).status, 200, `${title}: tokens are verified`)
    const healing = performance.now()
    await heal()
    await heal()
    const healed = performance.now()
    t.equal(await met(), 'answered', `${title}: healed`)
    await until(200, client.login)
    t.comment(`${title}: ${Math.round(struck - start)} ms, healed ${Math.round(healed - healing)} ms`)
    await untilWhole(target.url)
  }
  await server.stop()
  await server.stop()
  await until(200, async () => {
    const { body } = await client.login()
    return { status: states().includes('open') ? 200 : 0, body }
  })
  await t.rejects(server.freeze(), { message: `${server.service} is not running` })
  await server.start()
  await untilWhole(target.url)

  // The watch is a moment behind.
  await until(200, async () => ({ status: states().at(-1) === 'closed' ? 200 : 0, body: { states: states() } }))
  t.equal(states()[0], 'closed')
}

function isOf(event: BreakerEvent | ProcessEvent, dependency: string): event is BreakerEvent {
  return event.type === 'breaker' && event.dependency === dependency
}

/** The auth server is stopped, killed and started as well, when its service is named. */
export async function restartsTheServer(t: Test, target: DeploymentTarget): Promise<void> {
  const events: ProcessEvent[] = []
  const onEvent = (event: BreakerEvent | ProcessEvent) => {
    if (event.type === 'process') events.push(event)
  }
  await using deployment = await openDeployment({ ...target, authService: 'server' }, { onEvent })
  const [instance] = deployment.instances
  if (instance === undefined) throw new Error('there is no instance')
  const first = instance.pid
  t.type(first, 'number')
  t.equal(await instance.stop(), 'exit code 0')
  t.equal(instance.pid, undefined)
  t.equal(await instance.stop(), 'was not running')
  await instance.start()
  t.not(instance.pid, first)
  await instance.kill()
  await instance.start()
  await instance.start()
  t.same(
    events.map(({ stage, how }) => how ?? stage),
    ['exit code 0', 'started', 'ready', 'SIGKILL', 'started', 'ready'],
  )
}

/** What can't be taken for a lab is refused, with the reason. */
export async function refusesWhatItCannotBreak(t: Test, target: DeploymentTarget, project: Project): Promise<void> {
  const refused = (other: Partial<DeploymentTarget>, message: string | RegExp) =>
    t.rejects(openDeployment({ ...target, ...other }), { message })
  await refused({ redisService: 'cache' }, /^there is no service cache, there are /)
  await refused({ authService: 'auth' }, /^there is no service auth, there are /)
  await refused({ postgresService: 'redis' }, 'redis can not be both Postgres and Redis')
  await refused({ composeFile: '/nowhere/compose.yaml' }, '/nowhere/compose.yaml: there is no such file')
  await refused({ project: `${project.name}-other` }, /compose\.yaml is not up as the project tokenforge-test-/)
  await refused({ composeFile: join(ROOT, 'package.json') }, /package\.json is not up; if it is, name its project/)
  await project.compose('pause', 'redis')
  await refused({}, 'redis is paused: it must run before it is broken (docker compose unpause redis)')
  await project.compose('unpause', 'redis')

  await using deployment = await openDeployment(target)
  const [instance] = deployment.instances
  const message = 'the auth server of this deployment can not be stopped or started: name it with --auth-service'
  await t.rejects(instance?.kill() ?? Promise.resolve(), { message })
  t.match(await deployment.about(), {
    tokenforge: /^\d+\.\d+\.\d+/,
    project: project.name,
    docker: /\d/,
    compose: /\d/,
  })
}
