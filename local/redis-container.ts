import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { LocalServer } from './child-server.ts'
import { ping, type RedisOptions } from './redis.ts'
import { redisConfig } from './redis-config.ts'

const run = promisify(execFile)

const IMAGE = 'redis:7-alpine'
const READY_TIMEOUT = 30_000

/** Whether there is a Docker here that answers. */
export function hasDocker(): Promise<boolean> {
  return run('docker', ['version', '--format', '{{.Server.Version}}'], { timeout: 10_000 }).then(
    () => true,
    () => false,
  )
}

/**
 * Redis in a container, where no program was found and none could be installed. The data stays in `dir`; the container
 * belongs to that folder by its name, and an earlier one of that name is replaced.
 */
export async function startRedisContainer(options: RedisOptions): Promise<LocalServer> {
  const { dir, port, password } = options
  const name = `tokenforge-${createHash('sha256').update(dir).digest('hex').slice(0, 12)}`
  await mkdir(dir, { recursive: true, mode: 0o700 })
  await writeFile(join(dir, 'redis.conf'), redisConfig({ ...options, bind: '0.0.0.0', port: 6379 }), { mode: 0o600 })
  const docker = async (...args: string[]): Promise<string> => (await run('docker', args)).stdout.trim()
  let pid: number | undefined

  async function start(): Promise<void> {
    await docker('rm', '--force', name).catch(() => {})
    // As ourselves, so that the files are ours and can be removed again.
    const user = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`
    const mounts = ['--volume', `${dir}:/data`, '--publish', `127.0.0.1:${port}:6379`]
    await docker(
      'run',
      '--detach',
      '--name',
      name,
      '--user',
      user,
      ...mounts,
      IMAGE,
      'redis-server',
      '/data/redis.conf',
    )
    pid = Number(await docker('inspect', '--format', '{{.State.Pid}}', name))
    for (const deadline = Date.now() + READY_TIMEOUT; !(await ping(port, password)); await sleep(50)) {
      if (Date.now() < deadline) continue
      await kill()
      throw new Error(`Redis in the container ${name} did not answer`)
    }
  }

  // Removed, not kept: the data is outside, and the next start makes a new one.
  async function end(...args: string[]): Promise<void> {
    pid = undefined
    await docker('unpause', name).catch(() => {})
    await docker(...args, name)
    await docker('rm', '--force', name)
  }

  const stop = (): Promise<void> => end('stop')
  const kill = (): Promise<void> => end('kill')
  await start()
  return {
    url: `redis://:${encodeURIComponent(password)}@127.0.0.1:${port}`,
    port,
    logFile: join(dir, 'redis.log'),
    get pid() {
      return pid
    },
    start,
    stop,
    kill,
    freeze: async () => void (await docker('pause', name)),
    thaw: async () => void (await docker('unpause', name)),
  }
}
