import t from 'tap'
import { readContainers } from '../../chaos/lab/drivers/compose-containers.ts'
import { isMadeFrom } from '../../chaos/lab/drivers/compose-project.ts'

/** As `docker inspect` writes it, with what is not looked at left out. */
function inspected(labels: Record<string, string> | null, state: Record<string, unknown> = {}) {
  return {
    Id: 'c0ffee',
    Name: '/auth_db_1',
    Config: { Image: 'postgres:18', Labels: labels },
    State: { Status: 'running', Pid: 4711, ExitCode: 0, ...state },
  }
}

const labels = {
  'com.docker.compose.project': 'auth',
  'com.docker.compose.service': 'db',
  'com.docker.compose.project.config_files': '/srv/auth/compose.yaml,/srv/auth/compose.override.yaml',
  'com.docker.compose.project.working_dir': '/srv/auth',
  'com.docker.compose.version': '2.26.1',
}

t.test('a container of a compose project', async (t) => {
  const health = { Health: { Status: 'healthy', Log: [] } }
  t.same(readContainers(JSON.stringify([inspected(labels, health)])), [
    {
      id: 'c0ffee',
      project: 'auth',
      service: 'db',
      files: ['/srv/auth/compose.yaml', '/srv/auth/compose.override.yaml'],
      folder: '/srv/auth',
      compose: '2.26.1',
      image: 'postgres:18',
      state: 'running',
      pid: 4711,
      exitCode: 0,
      health: 'healthy',
    },
  ])
})

t.test('without a health check, and ended', async (t) => {
  const [container] = readContainers(JSON.stringify([inspected(labels, { Status: 'exited', Pid: 0, ExitCode: 137 })]))
  t.equal(container?.health, undefined)
  t.equal(container?.pid, undefined)
  t.equal(container?.exitCode, 137)
  const [none] = readContainers(JSON.stringify([inspected(labels, { Health: { Status: 'none' } })]))
  t.equal(none?.health, undefined)
})

t.test('what is no service of a project is left out', async (t) => {
  const oneOff = { ...labels, 'com.docker.compose.oneoff': 'True' }
  t.same(readContainers(JSON.stringify([inspected(null), inspected({ some: 'label' }), inspected(oneOff)])), [])
  t.equal(readContainers(JSON.stringify([inspected({ ...labels, 'com.docker.compose.oneoff': 'False' })])).length, 1)
})

t.test('which compose file it was made from', async (t) => {
  const file = '/srv/auth/compose.yaml'
  const made = (...files: string[]) => isMadeFrom({ files, folder: '/srv/auth' }, file)
  t.ok(made(file))
  t.ok(made('/srv/auth/other.yaml', file))
  t.ok(made('compose.yaml'), 'Compose 1 in the same folder')
  t.ok(made('auth/compose.yaml'), 'Compose 1 in the folder above')
  t.notOk(made('/srv/auth/other.yaml'))
  t.notOk(isMadeFrom({ files: ['compose.yaml'], folder: '/srv/other' }, file))
  t.notOk(made())
})
