import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '../..')

/** A file of the project. */
export function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8')
}

/** What compose.yaml can't do without, with secrets made for this run. */
export function requiredSettings(base = 'http://127.0.0.1:3000'): Record<string, string> {
  const secret = () => randomBytes(24).toString('hex')
  return {
    ISSUER: base,
    AUDIENCE: 'https://api.example.com',
    KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    ADMIN_API_KEY: secret(),
    POSTGRES_PASSWORD: secret(),
    POSTGRES_SERVER_PASSWORD: secret(),
    REDIS_PASSWORD: secret(),
    REDIS_SERVER_PASSWORD: secret(),
  }
}
