import { open, rename, rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Command, CommandError, EXIT, type Terminal, text } from './command.ts'
import { databaseError, openTransfer } from './database.ts'
import { Progress } from './progress.ts'

export const EXPORT: Command = {
  takes: '[--output FILE]',
  summary: 'export all accounts as JSON lines',
  help: `In one snapshot, to standard output or a file, which is there as soon as it is whole. It holds the password hashes: keep it
as safe as the database.`,
  words: [0, 0],
  options: { output: { type: 'string' } },
  async run(given, terminal) {
    const path = text(given, 'output')
    try {
      const count = path === undefined ? await toStandardOutput(terminal) : await toFile(path, terminal)
      terminal.err.write(`${count} accounts exported\n`)
      return EXIT.done
    } catch (error) {
      if (!terminal.signal.aborted) throw error
      throw new CommandError(EXIT.interrupted, 'interrupted: the export is not whole')
    }
  },
}

async function toStandardOutput(terminal: Terminal): Promise<number> {
  const counted = { count: 0 }
  await pipeline(Readable.from(lines(terminal, counted)), terminal.out, { end: false, signal: terminal.signal })
  return counted.count
}

async function toFile(path: string, terminal: Terminal): Promise<number> {
  const partial = `${path}.partial`
  const there = await open(path).catch(() => null)
  await there?.close()
  if (there !== null) throw new CommandError(EXIT.usage, `${path} is there already`)
  const file = await open(partial, 'w', 0o600).catch((error: Error) => {
    throw new CommandError(EXIT.usage, error.message)
  })
  const counted = { count: 0 }
  try {
    await pipeline(Readable.from(lines(terminal, counted)), file.createWriteStream({ flush: true }), {
      signal: terminal.signal,
    })
    await rename(partial, path)
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
  return counted.count
}

async function* lines(terminal: Terminal, counted: { count: number }): AsyncGenerator<string> {
  const progress = new Progress(terminal)
  try {
    await using transfer = await openTransfer(terminal)
    for await (const accounts of transfer.accounts()) {
      yield accounts.map((account) => `${JSON.stringify(account)}\n`).join('')
      counted.count += accounts.length
      progress.tell(`${counted.count} accounts`, counted.count)
    }
  } catch (error) {
    throw error instanceof CommandError ? error : databaseError(error as Error, 'nothing was exported')
  } finally {
    progress.end()
  }
}
