import { parseArgs } from 'node:util'
import { type Command, CommandError, EXIT, type Given, type Terminal } from './command.ts'
import { EXPORT } from './export.ts'
import { IMPORT } from './import.ts'
import { KEY_COMMANDS } from './keys.ts'
import { harmless } from './output.ts'
import { FILTER } from './passwords.ts'
import { USER_COMMANDS } from './users.ts'

const NAME = 'tokenforge'
const COMMANDS: Readonly<Record<string, Command>> = {
  ...USER_COMMANDS,
  'users import': IMPORT,
  'users export': EXPORT,
  ...KEY_COMMANDS,
  'passwords filter': FILTER,
}
const HELP = { help: { type: 'boolean', short: 'h' } } as const

/**
 * Runs one command line.
 *
 * @param words behind the name of the program
 * @returns the exit code, see `EXIT`
 */
export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const [group = '', name = ''] = words
  const command = COMMANDS[`${group} ${name}`]
  try {
    if (command !== undefined) return await runCommand(`${group} ${name}`, command, words.slice(2), terminal)
    if (isHelp(words)) {
      terminal.out.write(overview(group))
      return EXIT.done
    }
    throw new CommandError(EXIT.usage, `there is no such command; see ${NAME} --help`)
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    terminal.err.write(`${NAME}: ${harmless(error.message)}\n`)
    return error.exitCode
  }
}

async function runCommand(
  name: string,
  command: Command,
  words: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const given = parse(name, command, words)
  if (given.flags.help === true) {
    terminal.out.write(`usage: ${usage(name, command)}\n\n${command.summary}\n`)
    if (command.help !== undefined) terminal.out.write(`\n${command.help}\n`)
    return EXIT.done
  }
  const [min, max] = command.words
  if (given.words.length < min || given.words.length > max) {
    throw new CommandError(EXIT.usage, `usage: ${usage(name, command)}`)
  }
  return command.run(given, terminal)
}

function parse(name: string, { options }: Command, words: readonly string[]): Given {
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      options: { ...options, ...HELP },
      allowPositionals: true,
    })
    return { words: positionals, flags: values as Given['flags'] }
  } catch (error) {
    const [line = ''] = (error as Error).message.split('. ')
    throw new CommandError(EXIT.usage, `${line}; see ${NAME} ${name} --help`)
  }
}

function isHelp(words: readonly string[]): boolean {
  return words.length === 0 || words.some((word) => ['help', '--help', '-h'].includes(word))
}

function usage(name: string, { takes }: Command): string {
  return `${NAME} ${name} ${takes}`.trimEnd()
}

function overview(group: string): string {
  const known = Object.entries(COMMANDS).filter(([name]) => name.startsWith(`${group} `))
  const shown = known.length > 0 ? known : Object.entries(COMMANDS)
  const width = Math.max(...shown.map(([name]) => name.length))
  const lines = shown.map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`)
  return `usage: ${NAME} COMMAND, ${NAME} COMMAND --help

${lines.join('\n')}

from the environment
  TOKENFORGE_URL, ADMIN_API_KEY  where the server is, and its admin key; for users and keys, but not for import and export
  DATABASE_URL                   Postgres, for import and export; MIGRATION_DATABASE_URL where the server has a role of its own
  AUDIT_KEY, KEY_ENCRYPTION_KEY  one of them, for the audit log of import and export

exit code: ${EXIT.done} done, ${EXIT.refused} refused, ${EXIT.usage} wrong usage, ${EXIT.unavailable} not reachable, try again
`
}
