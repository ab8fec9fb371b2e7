import { createPrivateKey } from 'node:crypto'
import { Redis } from 'ioredis'
import pg from 'pg'

/** Everything in a database of Redis as text: each key with all of its value, bytes as Latin-1. */
export async function dumpRedis(url: string): Promise<string> {
  const redis = new Redis(url)
  try {
    const parts: string[] = []
    for (const key of await redis.keys('*')) {
      const type = await redis.type(key)
      const read = READERS[type]
      if (read === undefined) throw new Error(`no reader for ${key}, a ${type}`)
      parts.push(key, flat(await redis.callBuffer(...read(key))))
    }
    return parts.join('\n')
  } finally {
    redis.disconnect()
  }
}

const READERS: Readonly<Record<string, (key: string) => [string, ...string[]]>> = {
  string: (key) => ['GET', key],
  hash: (key) => ['HGETALL', key],
  stream: (key) => ['XRANGE', key, '-', '+'],
  set: (key) => ['SMEMBERS', key],
  zset: (key) => ['ZRANGE', key, '0', '-1'],
  list: (key) => ['LRANGE', key, '0', '-1'],
}

function flat(value: unknown): string {
  if (Array.isArray(value)) return value.map(flat).join('\n')
  return value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : String(value)
}

/** Every row of every table of a database of Postgres, as `COPY` would write it, bytes in hexadecimal. */
export async function dumpPostgres(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const named = "schemaname NOT IN ('pg_catalog', 'information_schema')"
    const tables = await client.query(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE ${named}`,
    )
    const parts: string[] = []
    for (const { name } of tables.rows) {
      const { rows } = await client.query({ text: `SELECT t::text FROM ${name} t`, rowMode: 'array' })
      parts.push(name, ...rows.flat())
    }
    return parts.join('\n')
  } finally {
    await client.end()
  }
}

/** In how many ways a secret may be written down. */
export function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret)
  const json = JSON.stringify(secret).slice(1, -1)
  const base64 = bytes.toString('base64').replace(/=+$/, '')
  return [secret, json, base64, bytes.toString('base64url'), bytes.toString('hex'), bytes.toString('latin1')]
}

/** The parts of a private key that are as good as the whole: the body of its PEM, its bytes, the private number. */
export function secretsOfKey(pem: string): string[] {
  const key = createPrivateKey(pem)
  const der = key.export({ format: 'der', type: 'pkcs8' })
  const { d = '' } = key.export({ format: 'jwk' })
  const number = Buffer.from(d, 'base64url')
  const body = pem.split('\n').slice(1, -2).join('')
  return [body, der.toString('hex'), d, number.toString('hex'), number.toString('base64'), number.toString('latin1')]
}
