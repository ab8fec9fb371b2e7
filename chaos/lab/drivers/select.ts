import { findRedis } from '../../../local/find-redis.ts'
import { findEngine } from './engine.ts'

const CHOICES = ['docker', 'local', 'auto']

/** What is there to choose from, so that a test can take it away. */
export interface Offer {
  docker(): Promise<boolean>
  local(): Promise<boolean>
}

const HERE: Offer = {
  docker: async () => (await findEngine()) !== undefined,
  local: async () => (await findRedis()) !== undefined,
}

/**
 * The driver that CHAOS_DRIVER asks for: `docker`, `local`, or `auto` (also when it is not set), which takes docker where
 * an engine answers within a few seconds, else local.
 *
 * @throws an error with one line for the terminal when it can't be had, or is none
 */
export async function selectDriver(env = process.env, offer = HERE): Promise<'docker' | 'local'> {
  const choice = env.CHAOS_DRIVER || 'auto'
  if (!CHOICES.includes(choice)) throw new Error(`CHAOS_DRIVER=${choice} is none of ${CHOICES.join(', ')}`)
  const [docker, local] = [choice !== 'local' && (await offer.docker()), choice !== 'docker' && (await offer.local())]
  if (docker) return 'docker'
  if (local) return 'local'
  const missing = { docker: 'no Docker engine answers', local: 'there is no redis-server or valkey-server on the path' }
  const reasons = choice === 'auto' ? Object.values(missing) : [missing[choice as keyof typeof missing]]
  throw new Error(`CHAOS_DRIVER=${choice} can't be had: ${reasons.join(', and ')}`)
}
