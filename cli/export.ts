import { open, rename, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { AuditRun, NO_AUDIT_HELP, NO_AUDIT_OPTION } from './audit-run.ts'
import { type Command, CommandError, EXIT, type Terminal, text } from './command.ts'
import { databaseError, openTransfer } from './database.ts'
import { Progress } from './progress.ts'

export const EXPORT: Command = {
  takes: '[--output FILE] [--no-audit]',
  summary: 'export all accounts as JSON lines',
  help: `In one snapshot, to standard output or a file, which is there as soon as it is whole. It holds the password hashes: keep it
as safe as the database.
${NO_AUDIT_HELP}`,
  words: [0, 0],
  options: { output: { type: 'string' }, ...NO_AUDIT_OPTION },
  async run(given, terminal) {
    const path = text(given, 'output')
    const audit = new AuditRun('users_export', given, terminal)
    const exported: Exported = { audit, count: 0 }
    try {
      await (path === undefined ? toStandardOutput(terminal, exported) : toFile(path, terminal, exported))
      terminal.err.write(`${exported.count} accounts exported\n`)
    } catch (error) {
      await audit.fail(terminal.signal.aborted ? 'interrupted' : 'failed', { accounts: exported.count })
      if (!terminal.signal.aborted) throw error
      throw new CommandError(EXIT.interrupted, 'interrupted: the export is not whole')
    }
    await audit.end({ accounts: exported.count })
    return EXIT.done
  },
}

/** How far an export has come. */
interface Exported {
  readonly audit: AuditRun
  count: number
}

async function toStandardOutput(terminal: Terminal, exported: Exported): Promise<void> {
  await pipeline(Readable.from(lines(terminal, exported)), terminal.out, { end: false, signal: terminal.signal })
}

async function toFile(path: string, terminal: Terminal, exported: Exported): Promise<void> {
  const partial = `${path}.partial`
  const there = await open(path).catch(() => null)
  await there?.close()
  if (there !== null) throw new CommandError(EXIT.usage, `${path} is there already`)
  const file = await open(partial, 'w', 0o600).catch((error: Error) => {
    throw new CommandError(EXIT.usage, error.message)
  })
  try {
    await pipeline(Readable.from(lines(terminal, exported)), file.createWriteStream({ flush: true }), {
      signal: terminal.signal,
    })
    await rename(partial, path)
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
}

async function* lines(terminal: Terminal, exported: Exported): AsyncGenerator<string> {
  const progress = new Progress(terminal)
  try {
    await using transfer = await openTransfer(terminal)
    // Before anything is read.
    await exported.audit.begin()
    for await (const accounts of transfer.accounts()) {
      yield accounts.map((account) => `${JSON.stringify(account)}\n`).join('')
      exported.count += accounts.length
      progress.tell(`${exported.count} accounts`, exported.count)
    }
  } catch (error) {
    throw error instanceof CommandError ? error : databaseError(error as Error, 'nothing was exported')
  } finally {
    progress.end()
  }
}
