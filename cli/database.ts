import { UserTransfer } from '../lib/store/user-transfer.ts'
import { postgresTls } from '../lib/tls.ts'
import { CommandError, EXIT, setting, type Terminal } from './command.ts'

const INSUFFICIENT_PRIVILEGE = '42501'
const NO_SUCH_TABLE = '42P01'
const LOCK_NOT_AVAILABLE = '55P03'

/**
 * Where Postgres is, as the owner of the tables (MIGRATION_DATABASE_URL) or, where there is no such role apart, by
 * DATABASE_URL.
 *
 * @throws CommandError when a setting is wrong
 */
export function databaseUrl(terminal: Terminal): string {
  const { MIGRATION_DATABASE_URL: ofOwner, DATABASE_CA_FILE: ca } = terminal.env
  const name = ofOwner ? 'MIGRATION_DATABASE_URL' : 'DATABASE_URL'
  const given = setting(terminal, name)
  if (!URL.canParse(given)) throw new CommandError(EXIT.usage, `${name}: must be a postgres:// URL`)
  const verified = postgresTls(given, ca || undefined)
  if ('problem' in verified) throw new CommandError(EXIT.usage, `${name}: ${verified.problem}`)
  return verified.url
}

/** Connects to Postgres. @throws CommandError when a setting is wrong; Error when Postgres can't be reached */
export async function openTransfer(terminal: Terminal): Promise<UserTransfer> {
  return UserTransfer.open(databaseUrl(terminal))
}

/** What went wrong with Postgres, without the URL, which holds a password. */
export function databaseError(error: Error & { code?: string }, advice: string): CommandError {
  const usage = (message: string) => new CommandError(EXIT.usage, message)
  if (error.code === NO_SUCH_TABLE) return usage('the database has not this schema: run the migrations first')
  if (error.code === INSUFFICIENT_PRIVILEGE) {
    return usage('the role of the server may not do this: give that of the owner as MIGRATION_DATABASE_URL')
  }
  if (error.code === LOCK_NOT_AVAILABLE) return new CommandError(EXIT.unavailable, 'another process imports this file')
  const reason = error.message || error.code || error.name
  return new CommandError(EXIT.unavailable, `postgres: ${reason}; ${advice}`)
}
