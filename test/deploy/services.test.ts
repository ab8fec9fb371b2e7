import t from 'tap'
import type { Container } from '../../chaos/lab/drivers/compose-containers.ts'
import { existing, pickService } from '../../chaos/lab/drivers/compose-services.ts'

const NOTHING = {
  project: 'p',
  files: [],
  folder: '',
  compose: '2',
  state: 'running',
  pid: 1,
  exitCode: 0,
  health: undefined,
} as const

/** Containers with these services and images: `db=mysql:8`. */
function containers(...services: string[]): Container[] {
  return services.map((each) => {
    const [service = '', image = ''] = each.split('=')
    return { ...NOTHING, id: each, service, image }
  })
}

t.test('by the name of the service', async (t) => {
  for (const name of ['postgres', 'postgresql', 'db', 'database']) {
    t.equal(pickService('postgres', containers('app=app', `${name}=registry.example:5000/own/sql@sha256:0`)), name)
  }
  for (const name of ['redis', 'valkey', 'cache']) {
    t.equal(pickService('redis', containers('app=app', `${name}=own/store:1`)), name)
  }
})

t.test('by the name of the image, when no service is called so', async (t) => {
  const images = ['postgres', 'docker.io/library/postgres:18', 'bitnami/postgresql:18', 'postgis/postgis:18-3.6']
  for (const image of images) t.equal(pickService('postgres', containers('app=app', `sql=${image}`)), 'sql', image)
  for (const image of ['redis:8-alpine', 'valkey/valkey:9', 'localhost:5000/redis@sha256:0']) {
    t.equal(pickService('redis', containers('app=app', `kv=${image}`)), 'kv', image)
  }
})

t.test('the name goes before the image', async (t) => {
  t.equal(pickService('postgres', containers('db=own/sql', 'exporter=prometheus/postgres-exporter')), 'db')
})

t.test('an owner or a registry is no image', async (t) => {
  t.throws(() => pickService('redis', containers('a=redis.example.com/app:1', 'b=redis/insight-app:2')), {
    message:
      'which service is Redis? There are a (redis.example.com/app:1), b (redis/insight-app:2): name one with --redis-service',
  })
})

t.test('two that may be meant', async (t) => {
  const both = containers('db=postgres:18', 'database=postgres:17')
  t.throws(() => pickService('postgres', both), {
    message:
      'which service is Postgres? There are db (postgres:18), database (postgres:17): name one with --postgres-service',
  })
  t.equal(pickService('postgres', both, 'database'), 'database')
})

t.test('one that was named must be there', async (t) => {
  t.throws(() => pickService('redis', containers('cache=redis:8'), 'redis'), {
    message: 'there is no service redis, there are cache (redis:8)',
  })
  t.equal(existing(containers('auth=x', 'cache=y'), 'auth'), 'auth')
})

t.test('a service with several containers is one service', async (t) => {
  t.equal(pickService('redis', containers('cache=redis:8', 'cache=redis:8')), 'cache')
})
