import { readFileSync, writeFileSync } from 'node:fs'

/** A measured table in a page, between two comments that name the command that measures it. */
export interface MarkedTable {
  /** The page, an absolute path. */
  readonly file: string
  /** The npm command that measures it and takes `--write`. */
  readonly command: string
  /** What a run must tell as the page does; numbers that differ from run to run are not in it. The whole when left out. */
  readonly essence?: (table: string) => unknown
}

/** Rows of cells in Markdown, the first being the head. */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows
  return [head, head.map(() => '---'), ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** The cells of each row of a table in Markdown, without the head. */
export function cellsOf(table: string): string[][] {
  const [, , ...rows] = table.split('\n').filter((line) => line.startsWith('| '))
  return rows.map((line) => line.slice(2, -2).split(' | '))
}

/**
 * Puts a measured table into its page (`write`), or compares it with the one there (`check`).
 *
 * @returns what is wrong, a line each
 * @throws when the page has no place for it
 */
export function keepInStep(
  { file, command, essence = (text) => text }: MarkedTable,
  table: string,
  { write = false, check = false }: { readonly write?: boolean | undefined; readonly check?: boolean | undefined },
): string[] {
  const page = readFileSync(file, 'utf8')
  const [before, shown, after] = split(page, command)
  const begin = page.slice(0, before.length + beginOf(command).length)
  if (write) writeFileSync(file, `${begin}\n\n${table}\n\n${endOf(command)}${after}`)
  const same = JSON.stringify(essence(shown.trim())) === JSON.stringify(essence(table))
  return check && !same ? [`the page tells something else: npm run ${command} -- --write`] : []
}

function split(page: string, command: string): [before: string, table: string, after: string] {
  const [before = '', rest] = page.split(beginOf(command))
  const [table, after] = rest?.split(endOf(command)) ?? []
  if (table === undefined || after === undefined) throw new Error(`the page has no place for the table of ${command}`)
  return [before, table, after]
}

function beginOf(command: string): string {
  return `<!-- ${command}: npm run ${command} -- --write -->`
}

function endOf(command: string): string {
  return `<!-- /${command} -->`
}
