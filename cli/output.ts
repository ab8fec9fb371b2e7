import type { Given, Terminal } from './command.ts'

/** Every command that shows something takes it. */
export const JSON_OPTION = { json: { type: 'boolean' } } as const

/** Writes an answer: as JSON when that was asked for, else as lines for a person. */
export function show(terminal: Terminal, given: Given, answer: unknown, lines: readonly string[]): void {
  const text = given.flags.json === true ? JSON.stringify(answer, undefined, 2) : lines.map(harmless).join('\n')
  terminal.out.write(`${text}\n`)
}

/** Columns as wide as their widest cell. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

/** No control character that came with an answer reaches the terminal. */
export function harmless(line: string): string {
  return line.replaceAll(/[\p{Cc}\p{Cf}]/gu, '?')
}
