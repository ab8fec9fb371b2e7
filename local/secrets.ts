import { readFileSync, writeFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { newSecret } from '../lib/secrets.ts'

const MAKERS = {
  KEY_ENCRYPTION_KEY: () => newSecret('kek').value,
  ADMIN_API_KEY: () => newSecret('admin').value,
  PASSWORD_PEPPER: () => newSecret('pepper').value,
  POSTGRES_PASSWORD: () => newSecret('postgres').value,
  REDIS_PASSWORD: () => newSecret('redis').value,
}

export type Secrets = Record<keyof typeof MAKERS, string>

/**
 * The development secrets: read from `file`, those that it lacks made once and added, so that data which was encrypted
 * or hashed with them stays readable. Mode 0600.
 *
 * @returns the secrets, and whether any of them is new
 */
export function developmentSecrets(file: string): { secrets: Secrets; made: boolean } {
  const kept = parseEnv(readIfThere(file))
  const names = Object.keys(MAKERS) as (keyof Secrets)[]
  const secrets = Object.fromEntries(names.map((name) => [name, kept[name] || MAKERS[name]()])) as Secrets
  const made = names.some((name) => kept[name] !== secrets[name])
  if (made) {
    const lines = names.map((name) => `${name}=${secrets[name]}`)
    writeFileSync(file, `# Made by "npm run dev", for development only.\n${lines.join('\n')}\n`, { mode: 0o600 })
  }
  return { secrets, made }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}
