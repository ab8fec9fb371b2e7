import { join } from 'node:path'
import { openLab } from '../../../chaos/lab/open-lab.ts'
import { findProgram } from '../../../local/find-program.ts'

// Opens a lab with one instance, the Backend and a Prometheus if there is one, says so, and holds it until it is ended:
// `node holder.ts DRIVER`. For tests that end it.

const driver = process.argv[2] === 'docker' ? 'docker' : 'local'
const lab = await openLab({ driver, settings: { SIGNING_ALG: 'ES256' } })
const instance = await lab.startInstance({ whole: false })
const backend = await lab.startService({
  name: 'backend',
  program: join(import.meta.dirname, '../../../chaos/backend/server.ts'),
  healthPath: '/health',
  settings: { AUTH_URL: instance.url },
})
const watchers =
  findProgram('prometheus') === undefined
    ? []
    : [await lab.startPrometheus({ ruleFiles: [], jobs: { tokenforge: [instance] } })]
// What is frozen must not be left behind either.
await lab.redis.server.freeze()
const servers = [lab.postgres.server, lab.redis.server, instance, backend, ...watchers]
const ports = servers.map(({ url }) => Number(new URL(url).port))
process.stdout.write(`${JSON.stringify(ports)}\n`)
setInterval(() => {}, 1_000)
