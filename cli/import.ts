import { createReadStream } from 'node:fs'
import { access } from 'node:fs/promises'
import type { Checkpoint } from '../lib/store/user-transfer.ts'
import { ChangedFile, checkFile, importUsers } from '../lib/transfer/import-users.ts'
import { AuditRun, NO_AUDIT_HELP, NO_AUDIT_OPTION } from './audit-run.ts'
import { type Command, CommandError, EXIT, type Given, type Terminal, text } from './command.ts'
import { databaseError, openTransfer } from './database.ts'
import { Progress } from './progress.ts'

export const IMPORT: Command = {
  takes: 'FILE [--report FILE] [--restart] [--dry-run] [--no-audit]',
  summary: 'import accounts from a file of JSON lines into Postgres',
  help: `A line is {"email", "password_hash"}, and if you like "id", "roles", "created_at", "disabled_at". Accounts that are there
are never changed. What is refused is reported with its line in FILE.refused.jsonl, or where --report says. Give the same
command again after it was cut off, and it goes on where it was. --restart begins at the first line again. --dry-run only
reads the file, and tells what would be refused on standard output.
${NO_AUDIT_HELP}`,
  words: [1, 1],
  options: {
    report: { type: 'string' },
    restart: { type: 'boolean' },
    'dry-run': { type: 'boolean' },
    ...NO_AUDIT_OPTION,
  },
  async run(given, terminal) {
    const [path = ''] = given.words
    return given.flags['dry-run'] === true ? dryRun(path, terminal) : run(path, given, terminal)
  },
}

async function run(path: string, given: Given, terminal: Terminal): Promise<number> {
  const report = text(given, 'report') ?? `${path}.refused.jsonl`
  const progress = new Progress(terminal)
  const audit = new AuditRun('users_import', given, terminal)
  let first: Checkpoint | undefined
  let last: Checkpoint | undefined
  let size = 0
  try {
    await access(path)
    await using transfer = await openTransfer(terminal)
    await audit.begin()
    const state = await importUsers(transfer, {
      path,
      report,
      restart: given.flags.restart === true,
      now: Date.now,
      signal: terminal.signal,
      onProgress(now, whole) {
        if (first === undefined && now.lines > 0) terminal.err.write(`going on behind line ${now.lines}\n`)
        first ??= now
        last = now
        size = whole
        const percent = `${Math.floor((100 * now.bytes) / Math.max(1, whole))} %`
        progress.tell(
          `${percent}, ${now.lines} lines`,
          now.lines - first.lines,
          now.bytes - first.bytes,
          whole - first.bytes,
        )
      },
    })
    progress.end()
    terminal.out.write(`${state.imported} imported, ${state.present} there already, ${state.refused} refused\n`)
    if (state.refused > 0) terminal.err.write(`the refused lines are in ${report}\n`)
    if (state.bytes < size) {
      await audit.fail('interrupted', numbers(first, state))
      throw new CommandError(EXIT.interrupted, `interrupted behind line ${state.lines}; the same command goes on there`)
    }
    await audit.end(numbers(first, state))
    return state.refused > 0 ? EXIT.refused : EXIT.done
  } catch (error) {
    progress.end()
    if (!(error instanceof CommandError)) await audit.fail('failed', numbers(first, last))
    throw importError(error as Error & { code?: string; path?: string }, report)
  }
}

/** What one run has done, from a line of the file to another, and the SHA-256 of all up to there. */
function numbers(from: Checkpoint | undefined, to: Checkpoint | undefined): Record<string, unknown> {
  if (from === undefined || to === undefined) return {}
  return {
    imported: to.imported - from.imported,
    present: to.present - from.present,
    refused: to.refused - from.refused,
    behind_line: from.lines,
    to_line: to.lines,
    sha256: to.digest.toString('hex'),
  }
}

async function dryRun(path: string, { out, err }: Terminal): Promise<number> {
  let [good, refused] = [0, 0]
  try {
    for await (const batch of checkFile(createReadStream(path), Date.now)) {
      good += batch.good
      refused += batch.refusals.length
      for (const refusal of batch.refusals) out.write(`${JSON.stringify(refusal)}\n`)
    }
  } catch (error) {
    throw importError(error as Error & { code?: string; path?: string }, '')
  }
  err.write(`${good} lines are well, ${refused} would be refused; accounts that are there were not looked at\n`)
  return refused > 0 ? EXIT.refused : EXIT.done
}

function importError(error: Error & { code?: string; path?: string }, report: string): CommandError {
  if (error instanceof CommandError) return error
  if (error instanceof ChangedFile) return new CommandError(EXIT.usage, `${error.message}; --restart begins anew`)
  if (error.code === 'EEXIST')
    return new CommandError(EXIT.usage, `${report} is there already: move it, or give --report`)
  if (error.path !== undefined) return new CommandError(EXIT.usage, error.message)
  return databaseError(error, 'the same command goes on where it was')
}
