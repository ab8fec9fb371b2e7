import { join } from 'node:path'
import { openLab } from '../../../chaos/lab/open-lab.ts'

// Opens a lab with one instance and the Backend, says so, and holds it until it is ended: `node holder.ts DRIVER`. For tests that end it.

const driver = process.argv[2] === 'docker' ? 'docker' : 'local'
const lab = await openLab({ driver, settings: { SIGNING_ALG: 'ES256' } })
const instance = await lab.startInstance({ whole: false })
const backend = await lab.startService({
  name: 'backend',
  program: join(import.meta.dirname, '../../../chaos/backend/server.ts'),
  healthPath: '/health',
  settings: { AUTH_URL: instance.url },
})
// What is frozen must not be left behind either.
await lab.redis.server.freeze()
const ports = [lab.postgres.server.url, lab.redis.server.url, instance.url, backend.url].map((url) =>
  Number(new URL(url).port),
)
process.stdout.write(`${JSON.stringify(ports)}\n`)
setInterval(() => {}, 1_000)
