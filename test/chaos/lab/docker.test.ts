import { once } from 'node:events'
import t, { type Test } from 'tap'
import { type Engine, findEngine } from '../../../chaos/lab/drivers/engine.ts'
import type { Lab } from '../../../chaos/lab/lab.ts'
import { openLab } from '../../../chaos/lab/open-lab.ts'
import { postgresStatements, redisCommand } from '../../../chaos/lab/past-the-app.ts'
import { sweep } from '../../../chaos/lab/sweep.ts'
import { signal } from '../../../local/processes.ts'
import { until } from '../../fixtures/app.ts'
import { checkFaults } from './faults-hold.ts'
import { holdLab } from './held-lab.ts'

// All of it in one file: there is one pair of containers on a machine.

const NAMES = ['tokenforge_db', 'tokenforge_redis']
const open = () => openLab({ driver: 'docker', settings: { SIGNING_ALG: 'ES256' }, say: (text) => t.comment(text) })

const engine = await findEngine()
const reason = await whyNot(engine)
if (engine === undefined || reason !== undefined) t.pass('the docker driver', { skip: reason ?? true })
else await run(engine)

/** Why these tests can't be run here. They download nothing. */
async function whyNot(engine: Engine | undefined): Promise<string | undefined> {
  if (engine === undefined) return 'no Docker engine answers'
  const tags = (await engine.container.dockerode.listImages()).flatMap(({ RepoTags }) => RepoTags ?? [])
  const has = (name: string) => tags.some((tag) => tag.startsWith(`${name}:`) || tag === `tokenforge/${name}:local`)
  if (!has('postgres') || !has('redis')) return 'no images: docker pull postgres:18 redis:8, or chaos/images/build'
  await sweep('docker')
  const taken = (await containers(engine)).map(({ Names }) => Names[0])
  return taken.length > 0 ? `${taken} of somebody else` : undefined
}

function containers(engine: Engine) {
  const filters = { name: NAMES.map((name) => `^/${name}$`) }
  return engine.container.dockerode.listContainers({ all: true, filters })
}

async function run(engine: Engine): Promise<void> {
  const { dockerode } = engine.container
  const db = dockerode.getContainer('tokenforge_db')
  const volumes = async () => (await dockerode.listVolumes()).Volumes.map(({ Name }) => Name)
  const before = await volumes()
  /** Nothing of ours is there. Volumes of others may come and go meanwhile. */
  const isClean = async (mine: readonly string[]) => {
    const left = (await volumes()).filter((name) => mine.includes(name))
    return (await containers(engine)).length === 0 && left.length === 0
  }
  const mine = async () => {
    const mounts = await Promise.all(NAMES.map(async (name) => (await dockerode.getContainer(name).inspect()).Mounts))
    return mounts.flat().flatMap(({ Name }) => (Name !== undefined && !before.includes(Name) ? [Name] : []))
  }

  await t.test('in containers', async (t) => {
    let used: string[] = []
    {
      await using lab = await open()
      used = await mine()
      await t.test('which only this machine reaches', async (t) => {
        const { HostConfig } = await db.inspect()
        t.match(HostConfig.PortBindings, { '5432/tcp': [{ HostIp: '127.0.0.1', HostPort: /^\d+$/ }] })
      })
      await t.test('every fault holds when it was struck, and not after the heal', (t) => checkFaults(t, lab))
      await t.test('data and port outlive an end and a crash', (t) => checkRestarts(t, lab))
      await t.test('what somebody does by hand is found out', async (t) => {
        await db.stop()
        await lab.postgres.server.start()
        await db.pause()
        await lab.postgres.server.thaw()
        await db.pause()
        await lab.postgres.server.freeze()
        await lab.postgres.server.stop()
        await lab.postgres.server.kill()
        t.equal((await db.inspect()).State.Running, false)
        await lab.postgres.server.start()
        t.equal((await db.inspect()).State.Running, true)
      })
      await t.test('a second lab is refused while the first is open', (t) =>
        t.rejects(open(), new RegExp(`container tokenforge_db of another run \\(process ${process.pid}\\)`)),
      )
    }
    t.ok(await isClean(used), 'containers and volumes are gone')
  })

  await t.test('a container that is not ours is left alone', async (t) => {
    const image = (await dockerode.listImages()).find(({ RepoTags }) => RepoTags?.[0]?.includes('redis'))
    const foreign = await dockerode.createContainer({ name: 'tokenforge_db', Image: image?.Id ?? '' })
    t.teardown(() => foreign.remove({ force: true, v: true }))
    await t.rejects(open(), /container tokenforge_db that the harness did not make: end it or give it another name/)
    await sweep('docker')
    t.equal((await foreign.inspect()).State.Status, 'created')
  })

  await t.test('Ctrl-C removes the containers', async (t) => {
    const { child, left } = await holdLab(t, 'docker')
    const used = await mine()
    child.kill('SIGINT')
    t.same(await once(child, 'exit'), [null, 'SIGINT'])
    t.ok(await isClean(used))
    t.same(await left(), [])
  })

  await t.test('kill -9 leaves nothing behind, nor does one of those who watch', async (t) => {
    const first = await holdLab(t, 'docker')
    const used = await mine()
    first.child.kill('SIGKILL')
    await first.gone()
    await until(() => isClean(used))
    const second = await holdLab(t, 'docker')
    used.push(...(await mine()))
    for (const pid of await second.watchers()) signal(pid, 'SIGKILL')
    second.child.kill('SIGKILL')
    await once(second.child, 'exit')
    t.equal((await containers(engine)).length, 2)
    await sweep('docker')
    t.ok(await isClean(used))
    t.same(await second.left(), [])
  })
}

async function checkRestarts(t: Test, { postgres, redis }: Lab): Promise<void> {
  await postgresStatements(postgres.server.url, 'CREATE TABLE kept (n int)')
  for (const how of ['stop', 'kill'] as const) {
    await postgresStatements(postgres.server.url, 'INSERT INTO kept VALUES (1)')
    await redisCommand(redis.server.url, 'INCR', 'kept')
    await Promise.all([postgres, redis].map(({ server }) => server[how]()))
    await Promise.all([postgres, redis].map(({ server }) => server.start()))
  }
  t.same(await postgresStatements(postgres.server.url, 'SELECT count(*)::int AS rows FROM kept'), [{ rows: 2 }])
  t.equal(await redisCommand(redis.server.url, 'GET', 'kept'), '2')
}
