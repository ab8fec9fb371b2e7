import type { ParseArgsOptionsConfig } from 'node:util'

/** What the process ends with. */
export const EXIT = {
  done: 0,
  /** The server said no, or lines of an import were refused. */
  refused: 1,
  /** The command line or a setting is wrong. */
  usage: 2,
  /** The server or Postgres could not be reached; the same command may do later. */
  unavailable: 3,
  /** Ended by Ctrl-C, as shells tell it. */
  interrupted: 130,
} as const

/** Ends a command with one line and an exit code. */
export class CommandError extends Error {
  readonly exitCode: number

  constructor(exitCode: number, message: string) {
    super(message)
    this.exitCode = exitCode
  }
}

/** Where a command runs. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly out: NodeJS.WritableStream
  readonly err: NodeJS.WritableStream & { readonly isTTY?: boolean }
  /** Aborts at the first Ctrl-C. */
  readonly signal: AbortSignal
}

export interface Given {
  readonly words: readonly string[]
  readonly flags: Readonly<Record<string, string | boolean | undefined>>
}

export interface Command {
  /** Its words behind the name, as a usage line has them. */
  readonly takes: string
  readonly summary: string
  /** More lines of its help. */
  readonly help?: string
  /** How many words it takes. */
  readonly words: readonly [min: number, max: number]
  readonly options?: ParseArgsOptionsConfig
  /** @returns the exit code */
  run(given: Given, terminal: Terminal): Promise<number>
}

/** @throws CommandError when the variable is missing */
export function setting({ env }: Terminal, name: string): string {
  const value = env[name]
  if (!value) throw new CommandError(EXIT.usage, `${name}: is missing in the environment`)
  return value
}

/** An option that takes a value. */
export function text({ flags }: Given, name: string): string | undefined {
  const value = flags[name]
  return typeof value === 'string' ? value : undefined
}
