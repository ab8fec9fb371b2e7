import { isSuite } from './suites.ts'

interface OpenSubtest {
  name: string
  /** How many failures had been told when it began. */
  failures: number
}

const SUBTEST = /^( *)# Subtest: (.*)$/
const TEST_POINT = /^( *)(not )?ok \d+(?: - (.*?))?(?: # (?:time=([\d.]+)ms|(SKIP|TODO)\b.*))?$/

/**
 * Turns tap's output, line by line, into what a reader wants: one line per file, and each failure with its path and
 * details. A suite is told of only when it fails and nothing in it says why.
 *
 * @returns a function that takes a line and returns the text to print for it, mostly none
 */
export function reporter(): (line: string) => string {
  const open: OpenSubtest[] = []
  let failures = 0
  let details: string | undefined
  return (line) => {
    if (details !== undefined) {
      // Details go on as far as they are indented deeper than the failure they belong to.
      if (line.startsWith(`${details}  `)) return `${line}\n`
      details = undefined
    }
    const subtest = SUBTEST.exec(line)
    if (subtest !== null) {
      const level = depth(subtest[1])
      open.length = level
      open[level] = { name: subtest[2] ?? '', failures }
      return ''
    }
    const point = TEST_POINT.exec(line)
    if (point === null) return ''
    const [, indent = '', failed, name = '', time, excused] = point
    const level = depth(indent)
    const closed = open[level]?.name === name ? open[level] : undefined
    open.length = level
    const suites = isSuite(open[0]?.name ?? name) ? 1 : 0
    const text = level === suites ? `${failed ? 'failed' : 'ok    '} ${seconds(time)}  ${name}\n` : ''
    // The line that closes a subtest repeats a failure that was told inside, unless nothing inside says why.
    if (failed === undefined || excused !== undefined || (closed !== undefined && closed.failures < failures))
      return text
    failures += 1
    details = indent
    const path = [...open.map((each) => each.name), name]
    return `${text}FAILED  ${path.slice(level === 0 ? 0 : suites).join(' > ')}\n`
  }
}

/** The numbers of tap's closing line; `undefined` when tap did not come that far. */
export function totals(output: string): { passed: number; failed: number; skipped: number } | undefined {
  const line = output.match(/^# \{ total: \d+.*\}$/gm)?.at(-1)
  if (line === undefined) return undefined
  const number = (name: string): number => Number(new RegExp(`\\b${name}: (\\d+)`).exec(line)?.[1] ?? 0)
  return { passed: number('pass'), failed: number('fail'), skipped: number('skip') + number('todo') }
}

function depth(indent = ''): number {
  return indent.length / 4
}

function seconds(milliseconds = '0'): string {
  return `${(Number(milliseconds) / 1_000).toFixed(1).padStart(5)} s`
}
