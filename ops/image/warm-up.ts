import { spawn } from 'node:child_process'
import { once } from 'node:events'

// Starts the server once while the image is built and ends it again, which leaves the compile cache behind (server.ts): a
// start on one core takes about half the time with it. It fails the build when anything that the server needs is missing.
const SETTINGS = {
  DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nowhere',
  REDIS_URL: 'redis://127.0.0.1:1',
  ISSUER: 'http://127.0.0.1:3000',
  AUDIENCE: 'nobody',
  KEY_ENCRYPTION_KEY: Buffer.alloc(32).toString('base64'),
  ADMIN_API_KEY: '-'.repeat(32),
  // Any port: the build may share the network of its host.
  PORT: '0',
  LOG_LEVEL: 'info',
}
const LIMIT_MS = 120_000

const server = spawn(process.execPath, ['server.ts'], {
  env: { ...process.env, ...SETTINGS },
  stdio: ['ignore', 'pipe', 'inherit'],
  timeout: LIMIT_MS,
  killSignal: 'SIGKILL',
})
let log = ''
server.stdout.setEncoding('utf8').on('data', (text: string) => {
  const listened = log.includes('Server listening')
  log += text
  if (!listened && log.includes('Server listening')) server.kill('SIGTERM')
})
const [code, signal] = await once(server, 'close')
if (code !== 0) {
  process.stderr.write(`${log}the server did not start and end as it should: ${signal ?? `exit code ${code}`}\n`)
  process.exitCode = 1
}
