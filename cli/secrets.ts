import { chmodSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { CHANGE_STEPS, CHANGEABLE, changeSecret, newSecret, SECRET_NAMES } from '../lib/secrets.ts'

const USAGE = `usage: npm run secrets:new -- ${SECRET_NAMES.join('|')}
  prints a new secret as a line of an .env file
       npm run secrets:change -- ${CHANGEABLE.join('|')} ${CHANGE_STEPS.join('|')} [FILE]
  takes one step of a change in FILE (.env); start every server anew with it before the next step:
  begin   the next secret is accepted beside the one in use
  switch  it is used, and the old one accepted
  end     the old one is gone; right after begin, the next one is`

/** The command line of the secrets: makes them, and changes them in a file without a moment in which one is missing. */
function main(): number {
  const [command, name, step, file = '.env'] = parseArgs({ allowPositionals: true }).positionals
  const made = SECRET_NAMES.find((each) => each === name)
  if (command === 'new' && made !== undefined && step === undefined) {
    const { variable, value } = newSecret(made)
    process.stdout.write(`${variable}=${value}\n`)
    return 0
  }
  const changed = CHANGEABLE.find((each) => each === name)
  const taken = CHANGE_STEPS.find((each) => each === step)
  if (command !== 'change' || changed === undefined || taken === undefined) return fail(USAGE)
  rewrite(file, (text) => changeSecret(text, changed, taken))
  return 0
}

/** Never half written, and readable for nobody else. */
function rewrite(file: string, change: (text: string) => string): void {
  const text = change(readFileSync(file, 'utf8'))
  const { mode } = statSync(file)
  const unfinished = `${file}.new`
  writeFileSync(unfinished, text, { mode: 0o600, flag: 'wx' })
  chmodSync(unfinished, mode & 0o700)
  renameSync(unfinished, file)
}

function fail(line: string): number {
  process.stderr.write(`${line}\n`)
  return 1
}

try {
  process.exitCode = main()
} catch (error) {
  process.exitCode = fail((error as Error).message)
}
