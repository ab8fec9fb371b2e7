import type { LocalServer } from './child-server.ts'
import { findRedis, type RedisProgram } from './find-redis.ts'
import { installRedis } from './install-redis.ts'
import { onFreePort } from './ports.ts'
import { startRedis } from './redis.ts'
import { hasDocker, startRedisContainer } from './redis-container.ts'

const HOW_TO_INSTALL =
  'there is no Redis here: install redis-server or valkey-server (sudo apt-get install redis-server, ' +
  'sudo dnf install valkey, brew install redis), or start Docker, or set REDIS_URL'

/** The ways to come by a Redis, so that a test can take them away one by one. */
export interface RedisSources {
  find(): Promise<RedisProgram | undefined>
  install(say: (text: string) => void): Promise<string | undefined>
  hasDocker(): Promise<boolean>
}

const SYSTEM: RedisSources = { find: findRedis, install: installRedis, hasDocker }

/**
 * Starts a Redis that keeps its data in `dir`: the one on the path, else one that the package manager installs, else
 * one in a container.
 *
 * @returns the server and the text that says which it is
 * @throws an error with one line that tells what to install
 */
export async function provideRedis(
  options: { dir: string; password: string; preferredPort: number; say: (text: string) => void },
  sources: RedisSources = SYSTEM,
): Promise<{ result: LocalServer; text: string }> {
  const { dir, password, preferredPort, say } = options
  const how = await chooseRedis(say, sources)
  const start = how === 'docker' ? startRedisContainer : startRedis
  const program = how === 'docker' ? {} : { program: how.path }
  const result = await onFreePort((port) => start({ dir, password, port, persistent: true, ...program }), preferredPort)
  const name = how === 'docker' ? 'Redis in a Docker container' : `${how.name} ${how.version}`
  return { result, text: `${name} on 127.0.0.1:${result.port}` }
}

/** Finds, installs or falls back: what `provideRedis` is going to start. */
export async function chooseRedis(
  say: (text: string) => void,
  { find, install, hasDocker }: RedisSources,
): Promise<RedisProgram | 'docker'> {
  const found = await find()
  if (found !== undefined) return found
  const problem = await install(say)
  if (problem !== undefined) say(`could not be installed: ${problem}`)
  const installed = await find()
  if (installed !== undefined) return installed
  if (!(await hasDocker())) throw new Error(HOW_TO_INSTALL)
  say('starting it in a Docker container')
  return 'docker'
}
