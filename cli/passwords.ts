import { createReadStream } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { PAGE_BYTES } from '../lib/auth/password-filter.ts'
import { PasswordFilterMaker } from '../lib/transfer/password-filter-maker.ts'
import { countLines, NoPasswordList, type PasswordLines, readPasswords } from '../lib/transfer/password-lines.ts'
import { type Command, CommandError, EXIT, type Given, type Terminal, text } from './command.ts'
import { Progress } from './progress.ts'

const CHUNK_BYTES = 4 * 1024 * 1024
const MEGABYTE = 1_000_000
/** Of passwords that are not in the list one in ten thousand is refused. */
const FALSE_POSITIVES = '0.0001'

export const FILTER: Command = {
  takes: `FILE... --output FILTER [--false-positives ${FALSE_POSITIVES}]`,
  summary: 'make a filter of passwords that must not be taken, for PASSWORD_BLOCKLIST_FILE',
  help: `A line of FILE is a password, or its SHA-1 in hexadecimal, perhaps with a colon and how often it was seen, as Have I Been
Pwned publishes it. The filter is there as soon as it is whole, and takes as much memory as it is large while it is made:
2.4 bytes a password, or 1.8 with --false-positives 0.001. That is how likely a password is refused that is not in the list.`,
  words: [1, Number.POSITIVE_INFINITY],
  options: { output: { type: 'string' }, 'false-positives': { type: 'string', default: FALSE_POSITIVES } },
  async run(given, terminal) {
    const path = text(given, 'output')
    if (path === undefined) throw new CommandError(EXIT.usage, 'say with --output where the filter is to be')
    if (await isThere(path)) throw new CommandError(EXIT.usage, `${path} is there already`)
    return makeFilter(given.words, path, falsePositivesIn(given), terminal)
  },
}

async function makeFilter(files: readonly string[], path: string, rate: number, terminal: Terminal): Promise<number> {
  const progress = new Progress(terminal)
  const found: PasswordLines = { words: 0, hashes: 0, skipped: 0 }
  try {
    const size = await sizeOf(files)
    let lines = 0
    for (const file of files) lines += await countLines(follow(file, 'counted', { done: 0, size }))
    const maker = new PasswordFilterMaker(lines, rate)
    const whole = { done: 0, size }
    for (const file of files) {
      await readPasswords(follow(file, 'read', whole), (key) => maker.add(key), found).catch((error) => {
        throw error instanceof NoPasswordList ? new CommandError(EXIT.usage, `${file} ${error.message}`) : error
      })
    }
    const { passwords, pages, falsePositives } = await maker.write(path)
    progress.end()
    const wrong = `one in ${Math.round(1 / falsePositives)} others is refused`
    terminal.out.write(`${passwords} passwords in ${((pages + 1) * PAGE_BYTES) / MEGABYTE} MB, ${wrong}\n`)
    terminal.err.write(`${found.words} in clear, ${found.hashes} as SHA-1; ${found.skipped} lines are no UTF-8\n`)
    return EXIT.done
  } catch (error) {
    progress.end()
    throw filterError(error as NodeJS.ErrnoException, terminal)
  }

  async function* follow(file: string, what: string, whole: { done: number; size: number }): AsyncGenerator<Buffer> {
    for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES, signal: terminal.signal })) {
      yield chunk
      whole.done += chunk.length
      const lines = found.words + found.hashes
      progress.tell(`${Math.floor((100 * whole.done) / whole.size)} % ${what}`, lines, whole.done, whole.size)
    }
  }
}

function falsePositivesIn(given: Given): number {
  const rate = Number(text(given, 'false-positives'))
  if (rate >= 1e-9 && rate <= 0.1) return rate
  throw new CommandError(EXIT.usage, '--false-positives: must be from 0.000000001 to 0.1')
}

async function sizeOf(files: readonly string[]): Promise<number> {
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

function filterError(error: NodeJS.ErrnoException, { signal }: Terminal): Error {
  if (signal.aborted) return new CommandError(EXIT.interrupted, 'interrupted: there is no filter')
  return error.code === undefined || error instanceof CommandError ? error : new CommandError(EXIT.usage, error.message)
}
