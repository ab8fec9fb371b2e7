import closeWithGrace from 'close-with-grace'
import Fastify from 'fastify'
import backend from './app.ts'
import { readSettings, type Settings, SettingsError } from './settings.ts'

// The process: settings, logger, listen, graceful end. `node chaos/backend/server.ts`, told by its environment.

async function main(settings: Settings): Promise<void> {
  const { host, port, logLevel: level, shutdownGraceMs } = settings
  const server = Fastify({ logger: { level }, forceCloseConnections: 'idle', bodyLimit: 16_384 })
  closeWithGrace({ delay: shutdownGraceMs, logger: server.log }, async ({ err, signal }) => {
    if (err !== undefined) server.log.fatal({ err }, 'ending because of an error that nobody caught')
    else server.log.info({ signal }, 'ending')
    await server.close()
  })
  await server.register(backend, { settings })
  await server.listen({ host, port })
}

try {
  await main(readSettings(process.env))
} catch (error) {
  const { code, stack } = error as NodeJS.ErrnoException
  const lines =
    error instanceof SettingsError
      ? error.problems
      : [code === 'EADDRINUSE' ? `PORT: ${process.env.PORT ?? 3001} is already in use` : `it could not start: ${stack}`]
  for (const line of lines) process.stderr.write(`${line}\n`)
  process.exit(1)
}
