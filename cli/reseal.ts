import { setTimeout as sleep } from 'node:timers/promises'
import Fastify, { type FastifyInstance } from 'fastify'
import app, { fastifyOptions } from '../app.ts'
import { ConfigError, loadConfig } from '../lib/config.ts'

const PATIENCE_MS = 3000
const LOOK_MS = 50

/**
 * The command line that seals the signing keys anew: under KEY_ENCRYPTION_KEY what KEY_ENCRYPTION_KEY_SECOND alone opens. It
 * is one more instance of the server, which does not listen; those that serve learn of the change as of any other.
 */
async function main(): Promise<number> {
  const config = { ...loadConfig(process.env), migrateOnStart: false }
  const server = Fastify({ ...fastifyOptions(config), logger: false })
  await server.register(app, { config })
  await server.ready()
  try {
    if (!(await isWhole(server))) return fail('postgres and redis must both be reached: nothing was changed')
    const { kids } = await server.keyRing.reseal()
    for (const kid of kids) process.stdout.write(`sealed anew: ${kid}\n`)
    await look(server)
    const { holders } = await server.keyRing.reseal()
    if (holders.length < 2) return fail(`only ${holders.join()} took it: run this again`)
    process.stdout.write('every signing key is sealed under KEY_ENCRYPTION_KEY, in postgres and in redis\n')
    const until = new Date(Date.now() + config.refreshTokenTtl).toISOString()
    process.stdout.write(`refresh tokens of KEY_ENCRYPTION_KEY_SECOND may come until ${until}\n`)
    return 0
  } finally {
    await server.close()
  }
}

async function isWhole(server: FastifyInstance): Promise<boolean> {
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end; await sleep(LOOK_MS)) {
    await look(server)
    if (server.keyRing.ring !== undefined && server.postgres.writable() && server.redisStore.healthy()) return true
  }
  return false
}

async function look({ postgres, redisStore }: FastifyInstance): Promise<void> {
  await Promise.all([postgres.probe.fresh(), redisStore.probe.fresh()])
}

function fail(line: string): number {
  process.stderr.write(`${line}\n`)
  return 1
}

process.exitCode = await main().catch((error: Error) =>
  fail(error instanceof ConfigError ? error.message : `nothing was changed: ${error.message || error.name}`),
)
