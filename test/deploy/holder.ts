import { type DeploymentTarget, openDeployment } from '../../chaos/lab/drivers/deployment.ts'

// A process for the tests to end while it has broken a deployment: its target stands in the first argument.
const deployment = await openDeployment(JSON.parse(process.argv[2] ?? '{}') as DeploymentTarget)
await Promise.all([deployment.postgres.server.stop(), deployment.redis.server.freeze()])
process.stdout.write('held\n')
setInterval(() => {}, 1_000)
