const TOP = /^# Subtest: (.*)$/
const POINT = /^( +)(not )?ok \d+(?: - (.*?))?(?: # (?:time=[\d.]+ms|(SKIP|TODO)\b ?(.*)))?$/
const COMMENT = /^ {4,}# (?!Subtest: |time=|Failed |\{)(.*)$/

/**
 * Turns tap's output, line by line, into progress: a heading for each scenario, a line for each step and verdict, the
 * comments, and the details of what failed.
 */
export function progress(): (line: string) => string {
  let details: string | undefined
  return (line) => {
    if (details !== undefined) {
      if (line.startsWith(`${details}  `)) return `${line}\n`
      details = undefined
    }
    const [, file] = TOP.exec(line) ?? []
    if (file !== undefined) return `\n${file.replace(/^.*\//, '').replace(/\.test\.ts$/, '')}\n`
    const [, comment] = COMMENT.exec(line) ?? []
    if (comment !== undefined) return `        ${comment}\n`
    const [, indent, failed, text = '', excused, why = ''] = POINT.exec(line) ?? []
    if (indent === undefined) return ''
    if (excused !== undefined) return `  skip  ${text} ${why}\n`
    if (failed === undefined) return `  ok    ${text}\n`
    details = indent
    return `  FAIL  ${text}\n`
  }
}
