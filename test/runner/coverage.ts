import { globSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'

/** The lines of one source file. */
export interface FileCoverage {
  file: string
  lines: number
  covered: number
  missing: number[]
}

/** Reads tap's lcov report: what the tests ran of the files that they loaded. */
export function readLcov(text: string): Map<string, FileCoverage> {
  const files = new Map<string, FileCoverage>()
  for (const record of text.split('end_of_record')) {
    const file = /^SF:(.*)$/m.exec(record)?.[1]?.replaceAll('\\', '/')
    if (file === undefined) continue
    const lines = [...record.matchAll(/^DA:(\d+),(\d+)/gm)]
    const missing = lines.filter((line) => line[2] === '0').map((line) => Number(line[1]))
    files.set(file, { file, lines: lines.length, covered: lines.length - missing.length, missing })
  }
  return files
}

/**
 * The coverage of every source file that `patterns` name, those that no test loaded included: they count in full as
 * missing. Files that hold nothing but types do not run and are left out.
 */
export function coverageOf(patterns: string[], report: Map<string, FileCoverage>): FileCoverage[] {
  const files = globSync(patterns)
    .map((file) => file.replaceAll('\\', '/'))
    .sort()
  return files.flatMap((file) => report.get(file) ?? neverLoaded(file))
}

/** A table of the files with missing lines, and the sum over all. */
export function coverageTable(files: FileCoverage[]): string {
  const lines = files.reduce((sum, each) => sum + each.lines, 0)
  const covered = files.reduce((sum, each) => sum + each.covered, 0)
  const gaps = files
    .filter((each) => each.missing.length > 0)
    .map((each) => `  ${percent(each.covered, each.lines)}  ${each.file}: ${ranges(each.missing)}`)
  const sum = `coverage of lib/ and plugins/: ${percent(covered, lines).trim()} of ${lines} lines in ${files.length} files`
  return [sum, ...gaps].join('\n')
}

function neverLoaded(file: string): FileCoverage[] {
  const source = readFileSync(file, 'utf8')
  const code = withoutTypes(source).replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
  if (/^(\s|;|export\s*\{\s*\})*$/.test(code)) return []
  const lines = source.trimEnd().split('\n').length
  return [{ file, lines, covered: 0, missing: Array.from({ length: lines }, (_, index) => index + 1) }]
}

// Node still calls this an experiment, which is nothing a reader of test results needs to know.
function withoutTypes(source: string): string {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return stripTypeScriptTypes(source)
  } finally {
    process.emitWarning = emitWarning
  }
}

function percent(part: number, whole: number): string {
  const value = whole === 0 ? 100 : (part / whole) * 100
  // Cut, not rounded: 100.0 means all of them.
  return `${(Math.floor(value * 10) / 10).toFixed(1).padStart(5)} %`
}

/** `[1, 2, 3, 7]` as `1-3, 7`. */
function ranges(lines: number[]): string {
  const found: [number, number][] = []
  for (const line of lines) {
    const last = found.at(-1)
    if (last !== undefined && last[1] === line - 1) last[1] = line
    else found.push([line, line])
  }
  return found.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ')
}
