import { openLab } from '../../../chaos/lab/open-lab.ts'

// Opens a lab with one instance, says so, and holds it until it is ended: `node holder.ts DRIVER`. For tests that end it.

const driver = process.argv[2] === 'docker' ? 'docker' : 'local'
const lab = await openLab({ driver, settings: { SIGNING_ALG: 'ES256' } })
const instance = await lab.startInstance({ whole: false })
// What is frozen must not be left behind either.
await lab.redis.server.freeze()
const ports = [lab.postgres.server.url, lab.redis.server.url, instance.url].map((url) => Number(new URL(url).port))
process.stdout.write(`${JSON.stringify(ports)}\n`)
setInterval(() => {}, 1_000)
