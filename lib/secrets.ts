import { randomBytes } from 'node:crypto'
import { auditKeyOf } from './audit/chain.ts'

const AUDIT_KEY = 'AUDIT_KEY'

/** The secrets of a deployment by their short names: the variable, and how one is made. */
const SECRETS = {
  kek: { variable: 'KEY_ENCRYPTION_KEY', make: () => randomBytes(32).toString('base64') },
  admin: { variable: 'ADMIN_API_KEY', make: () => randomBytes(32).toString('hex') },
  pepper: { variable: 'PASSWORD_PEPPER', make: () => randomBytes(32).toString('hex') },
  // Letters and digits alone: these stand in URLs.
  postgres: { variable: 'POSTGRES_PASSWORD', make: () => randomBytes(24).toString('hex') },
  'postgres-owner': { variable: 'POSTGRES_OWNER_PASSWORD', make: () => randomBytes(24).toString('hex') },
  redis: { variable: 'REDIS_PASSWORD', make: () => randomBytes(24).toString('hex') },
} as const

export type SecretName = keyof typeof SECRETS
export const SECRET_NAMES = Object.keys(SECRETS) as SecretName[]
/** Those of which the server accepts two at once. */
export const CHANGEABLE = ['kek', 'admin', 'pepper'] as const
export type ChangeableName = (typeof CHANGEABLE)[number]

/**
 * The steps of a change without downtime. Between two of them every server is started anew with the settings:
 * `begin`: the next secret is accepted; `switch`: it is used, and the old one accepted; `end`: only one is left.
 */
export const CHANGE_STEPS = ['begin', 'switch', 'end'] as const
export type ChangeStep = (typeof CHANGE_STEPS)[number]

/** A new random secret as a setting. */
export function newSecret(name: SecretName): { readonly variable: string; readonly value: string } {
  const { variable, make } = SECRETS[name]
  return { variable, value: make() }
}

/**
 * Takes one step of a change in the text of an `.env` file; every other line stays as it is.
 *
 * @throws Error with one line for the terminal when this step can't be the next one
 */
export function changeSecret(text: string, name: ChangeableName, step: ChangeStep): string {
  const { variable, value } = newSecret(name)
  const second = `${variable}_SECOND`
  const current = settingOf(text, variable)
  const other = settingOf(text, second)
  if (current === undefined) throw new Error(`${variable}: is missing`)
  if (step === 'begin') {
    if (other !== undefined) throw new Error(`${second}: is set, a change has begun already`)
    return withLine(name === 'kek' ? withAuditKey(text, current) : text, second, value)
  }
  if (other === undefined) throw new Error(`${second}: is missing, no change has begun`)
  if (step === 'end') return withLine(text, second, undefined)
  return withLine(withLine(text, variable, other), second, current)
}

/** The audit log goes on with the key that it has, which came from the key-encryption key so far. */
function withAuditKey(text: string, keyEncryptionKey: string): string {
  if (settingOf(text, AUDIT_KEY) !== undefined) return text
  return withLine(text, AUDIT_KEY, auditKeyOf(Buffer.from(keyEncryptionKey, 'base64')).toString('base64'))
}

function lineOf(variable: string): RegExp {
  return new RegExp(`^${variable}=(.*)\\n?`, 'm')
}

function settingOf(text: string, variable: string): string | undefined {
  return lineOf(variable).exec(text)?.[1] || undefined
}

function withLine(text: string, variable: string, value: string | undefined): string {
  const line = value === undefined ? '' : `${variable}=${value}\n`
  if (lineOf(variable).test(text)) return text.replace(lineOf(variable), () => line)
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${line}`
}
