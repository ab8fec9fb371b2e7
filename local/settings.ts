import type { Secrets } from './secrets.ts'

/** Where the development server listens, and under which URL this machine reaches it. */
export interface Address {
  host: string
  port: number
  url: string
}

/** @throws an error with one line for the terminal when PORT is not a port */
export function addressOf(env: NodeJS.ProcessEnv): Address {
  const host = env.HOST || '127.0.0.1'
  const port = Number(env.PORT || 3000)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new Error(`PORT=${env.PORT} is not a port`)
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return { host, port, url: `http://${name.includes(':') ? `[${name}]` : name}:${port}` }
}

/** The environment of the server: what is set wins, the rest is made for development. Empty counts as not set. */
export function serverEnvironment(
  env: NodeJS.ProcessEnv,
  {
    address,
    secrets,
    databaseUrl,
    redisUrl,
    auditSpillDir,
  }: { address: Address; secrets: Secrets; databaseUrl: string; redisUrl: string; auditSpillDir: string },
): NodeJS.ProcessEnv {
  const defaults: NodeJS.ProcessEnv = {
    HOST: address.host,
    PORT: String(address.port),
    ISSUER: address.url,
    AUDIENCE: address.url,
    KEY_ENCRYPTION_KEY: secrets.KEY_ENCRYPTION_KEY,
    ADMIN_API_KEY: secrets.ADMIN_API_KEY,
    PASSWORD_PEPPER: secrets.PASSWORD_PEPPER,
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    AUDIT_SPILL_DIR: auditSpillDir,
  }
  const missing = Object.entries(defaults).filter(([name]) => !env[name])
  return { ...env, ...Object.fromEntries(missing) }
}
