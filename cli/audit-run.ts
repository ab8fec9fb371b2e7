import { hostname, userInfo } from 'node:os'
import { auditKeys } from '../lib/audit/chain.ts'
import type { AuditEvent, AuditType } from '../lib/audit/event.ts'
import { newId } from '../lib/auth/ids.ts'
import { ConfigError, readAuditKey } from '../lib/config.ts'
import { AuditStore } from '../lib/store/audit.ts'
import { AuditConnection } from '../lib/store/audit-connection.ts'
import { CommandError, EXIT, type Given, type Terminal } from './command.ts'
import { databaseUrl } from './database.ts'

/** Every command that moves accounts past the server takes it. */
export const NO_AUDIT_OPTION = { 'no-audit': { type: 'boolean' } } as const

export const NO_AUDIT_HELP = `Its begin and end are written into the audit log, for which AUDIT_KEY or KEY_ENCRYPTION_KEY is that of the servers; with
--no-audit they are not.`

/**
 * One run of a command in the audit log (docs/adr/0033-audit-of-moved-accounts.md): an event before anything is done, and one
 * with the numbers at its end. What has a begin and no end was cut off.
 */
export class AuditRun {
  readonly #type: AuditType
  readonly #given: Given
  readonly #terminal: Terminal
  readonly #id = newId(Date.now())
  #chain: Buffer | undefined

  constructor(type: 'users_import' | 'users_export', given: Given, terminal: Terminal) {
    this.#type = type
    this.#given = given
    this.#terminal = terminal
  }

  /** @throws Error, or CommandError, when it can't be written down as the servers would: then nothing may be done */
  async begin(): Promise<void> {
    if (this.#given.flags['no-audit'] === true) {
      this.#terminal.err.write('nothing of this is written into the audit log\n')
      return
    }
    const { chain } = auditKeys(keyOf(this.#terminal))
    await this.#append(chain, this.#event('success', null, { stage: 'begin', ...whoRuns() }))
    this.#chain = chain
  }

  /** It is done. @throws CommandError when that could not be written down */
  async end(numbers: Readonly<Record<string, unknown>>): Promise<void> {
    if (this.#chain === undefined) return
    try {
      await this.#append(this.#chain, this.#event('success', null, { stage: 'end', ...numbers }))
    } catch (error) {
      const { message } = error as Error
      throw new CommandError(EXIT.unavailable, `it was done, but its end is not in the audit log: ${message}`)
    }
  }

  /** It was not, or not wholly, done. What can't be written down is known by its missing end. */
  async fail(reason: 'interrupted' | 'failed', numbers: Readonly<Record<string, unknown>>): Promise<void> {
    if (this.#chain === undefined) return
    await this.#append(this.#chain, this.#event('unknown', reason, { stage: 'end', ...numbers })).catch(() => {})
  }

  /** On a connection of its own: hours may lie between two. */
  async #append(chain: Buffer, event: AuditEvent): Promise<void> {
    await using connection = await AuditConnection.open(databaseUrl(this.#terminal))
    const store = new AuditStore(connection, chain)
    if (!(await store.fits())) {
      throw new CommandError(
        EXIT.usage,
        'AUDIT_KEY or KEY_ENCRYPTION_KEY: is not the one that the audit log is chained with',
      )
    }
    await store.append([event])
  }

  #event(outcome: AuditEvent['outcome'], reason: string | null, details: object): AuditEvent {
    const now = Date.now()
    return {
      id: newId(now),
      at: new Date(now).toISOString(),
      type: this.#type,
      outcome,
      reason,
      actor: 'admin',
      user_id: null,
      session_id: null,
      account: null,
      address: '',
      user_agent: `tokenforge ${this.#type.replace('_', ' ')}`,
      // The same for both events of a run.
      request_id: this.#id,
      details: JSON.stringify(details),
    }
  }
}

function keyOf({ env }: Terminal): Buffer {
  if (!env.AUDIT_KEY && !env.KEY_ENCRYPTION_KEY) {
    const why = 'the audit log needs one of them; --no-audit does it without being written down'
    throw new CommandError(EXIT.usage, `AUDIT_KEY and KEY_ENCRYPTION_KEY: are missing in the environment; ${why}`)
  }
  try {
    return readAuditKey(env)
  } catch (error) {
    throw error instanceof ConfigError ? new CommandError(EXIT.usage, error.message) : error
  }
}

/** As the machine says: nobody has proved it. */
function whoRuns(): { host: string; os_user: string } {
  try {
    return { host: hostname(), os_user: userInfo().username }
  } catch {
    // An id without a name, as in a container.
    return { host: hostname(), os_user: String(process.getuid?.()) }
  }
}
