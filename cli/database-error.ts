import { CommandError, EXIT } from './command.ts'

const NO_SUCH_TABLE = '42P01'
const LOCK_NOT_AVAILABLE = '55P03'

/** What went wrong with Postgres, without the URL, which holds a password. */
export function databaseError(error: Error & { code?: string }, advice: string): CommandError {
  if (error.code === NO_SUCH_TABLE) {
    return new CommandError(EXIT.usage, 'the database has not this schema: run the migrations first')
  }
  if (error.code === LOCK_NOT_AVAILABLE) return new CommandError(EXIT.unavailable, 'another process imports this file')
  const reason = error.message || error.code || error.name
  return new CommandError(EXIT.unavailable, `postgres: ${reason}; ${advice}`)
}
