import { mkdir, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { childServer, type LocalServer } from './child-server.ts'
import { findRedis } from './find-redis.ts'
import { redisConfig } from './redis-config.ts'

export type LocalRedis = LocalServer

export interface RedisOptions {
  /** A folder of its own: the data, the log, the settings and the pid record go into it. Made when it is missing. */
  dir: string
  port: number
  password: string
  /** True keeps the data over restarts (append-only file); false comes back empty. */
  persistent: boolean
  /** The program; found on the path when it is left out. */
  program?: string
  /** More settings, one line of `redis.conf` each, for instance `maxmemory 4mb`. */
  settings?: string[]
}

/**
 * Starts a real Redis (or Valkey) on 127.0.0.1 and resolves when it answers PING. What an earlier, killed start left
 * running in the same folder is ended first.
 *
 * @throws an error whose message is fit for the terminal; `code: 'EADDRINUSE'` when the port is taken
 */
export async function startRedis(options: RedisOptions): Promise<LocalRedis> {
  const { dir, port, password } = options
  const program = options.program ?? (await findRedis())?.path
  if (program === undefined) throw new Error('no Redis on the path: install redis-server or valkey-server')
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const configFile = join(dir, 'redis.conf')
  await writeFile(configFile, redisConfig({ ...options, bind: '127.0.0.1' }), { mode: 0o600 })
  const server = childServer({
    name: 'Redis',
    url: `redis://:${encodeURIComponent(password)}@127.0.0.1:${port}`,
    port,
    logFile: join(dir, 'redis.log'),
    recordFile: join(dir, 'redis.pid.json'),
    cwd: dir,
    command: { file: program, args: [configFile], options: {} },
    stopSignal: 'SIGTERM',
    isReady: () => ping(port, password),
  })
  await server.start()
  return server
}

/** One PING in Redis's own protocol: false while nobody listens or the data is still being loaded. */
export function ping(port: number, password: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect({ port, host: '127.0.0.1' })
    socket.setTimeout(1_000, () => socket.destroy())
    socket.on('error', () => {})
    socket.on('close', () => {
      // Another server owns the port, or the data belongs to another password.
      if (/-WRONGPASS|-ERR AUTH|-NOAUTH/.test(answer)) reject(new Error(`the Redis on port ${port} is not ours`))
      else resolve(answer.includes('+PONG'))
    })
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1')
      if (answer.split('\r\n').length > 2) socket.destroy()
    })
    socket.write(`${command('AUTH', password)}${command('PING')}`)
  })
}

function command(...words: string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`
}
