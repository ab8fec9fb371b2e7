import { enableCompileCache } from 'node:module'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'

// Before anything else is loaded: a second start does not parse and strip again what has not changed. The folder belongs
// to whoever installed the packages; where it can't be written, there is no cache.
enableCompileCache(join(import.meta.dirname, 'node_modules', '.cache', 'tokenforge'))

const { default: closeWithGrace } = await import('close-with-grace')
const { default: Fastify } = await import('fastify')
const { default: app, fastifyOptions } = await import('./app.ts')
const { ConfigError, loadConfig } = await import('./lib/config.ts')
const { LogOutput } = await import('./lib/log-output.ts')

/** The process: configuration, logger, listen, graceful end. */
async function main(): Promise<void> {
  const config = configuration()
  if (config === undefined) return
  const log = new LogOutput(process.stdout)
  const server = Fastify({ ...fastifyOptions(config), logger: { level: config.logLevel, stream: log } })
  closeWithGrace({ delay: config.shutdownGrace, logger: server.log }, async ({ err, signal }) => {
    if (err !== undefined) server.log.fatal({ err }, 'ending because of an error that nobody caught')
    else server.log.info({ signal }, 'ending')
    await server.close()
  })
  await server.register(app, { config, logLinesLost: () => log.dropped })
  await server.listen({ host: config.host, port: config.port })
  // From here on the heap grows in small steps, or load would double the memory. As an option of the command line, V8 would
  // refuse all code that was compiled without it, that of Node's own modules too.
  setFlagsFromString('--heap-growing-percent=40')
}

/** Undefined, and an exit code, when it is wrong. */
function configuration(): ReturnType<typeof loadConfig> | undefined {
  try {
    return loadConfig(process.env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    for (const problem of error.problems) process.stderr.write(`${problem}\n`)
    process.exitCode = 1
    return undefined
  }
}

await main().catch((error: NodeJS.ErrnoException) => {
  const { PORT = '3000', HOST = '127.0.0.1' } = process.env
  const lines: Record<string, string> = {
    EADDRINUSE: `PORT: ${PORT} on ${HOST} is already in use`,
    EACCES: `PORT: ${PORT} may not be used by this user`,
    EADDRNOTAVAIL: `HOST: ${HOST} is not an address of this machine`,
  }
  process.stderr.write(`${lines[error.code ?? ''] ?? `the server could not start: ${error.stack ?? error}`}\n`)
  process.exit(1)
})
