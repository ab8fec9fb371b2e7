import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { dataRoot } from './fixtures/data-root.ts'
import { makePostgresTemplate } from './fixtures/postgres-template.ts'
import { reapAll } from './fixtures/reaper.ts'
import { coverageOf, coverageTable, readLcov } from './runner/coverage.ts'
import { ENFORCED } from './runner/coverage-map.ts'
import { reporter, totals } from './runner/report.ts'
import { suitesOf, writeSuites } from './runner/suites.ts'

// `npm test`: tap over test/, then the threshold for lib/ and plugins/, then one plain line with the numbers.
//
//   npm test                                everything, and the coverage must be complete
//   npm test -- test/lib/config.test.ts     these files only; other options of tap go through as well

const OUTPUT = '.tap/output.tap'
const LCOV = '.tap/report/lcov.info'
const COMPILED = '.tap/compiled'

const root = join(import.meta.dirname, '..')
process.chdir(root)
const args = process.argv.slice(2).flatMap(testsIn)
for (const file of [OUTPUT, LCOV]) rmSync(file, { force: true })
// What one process has compiled the others need not compile again, nor the next run.
process.env.NODE_COMPILE_CACHE ??= join(root, COMPILED)
await reapAll()
// Programs that tests start put their data there as well: a lab, a Chromium.
process.env.TMPDIR = dataRoot()
await using _template = await makePostgresTemplate()

const { exitCode, output } = await runTap(inSuites(args))
const result = totals(output) ?? { passed: 0, failed: 0, skipped: 0 }
// tap itself can fail without a failed assertion: no such file, or a crash.
if (exitCode !== 0 && result.failed === 0) result.failed = 1

const complete = selectsNothing(args) ? checkCoverage() : true
if (result.skipped > 0) print(`${result.skipped} skipped`)
print(`${result.passed} passed, ${result.failed} failed`)
process.exitCode = result.failed > 0 || !complete ? 1 : 0

async function runTap(options: string[]): Promise<{ exitCode: number; output: string }> {
  const program = join(dirname(createRequire(import.meta.url).resolve('tap/package.json')), 'dist', 'esm', 'run.mjs')
  // With another reporter on the terminal the numbers come from a file.
  const foreign = options.some((each) => /^(-R|--reporter)/.test(each))
  const reporting = foreign ? [`--output-file=${OUTPUT}`] : ['--reporter=tap']
  // The options of the environment come before those that tap gives to its test processes.
  const first = pathToFileURL(join(import.meta.dirname, 'runner/lean-tap.ts')).href
  const child = spawn(process.execPath, [program, 'run', ...reporting, ...options], {
    env: { ...process.env, NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import=${first}` },
    stdio: ['inherit', foreign ? 'inherit' : 'pipe', 'inherit'],
  })
  // Ctrl-C reaches tap as well, which ends its tests and reports; we wait for it.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  const output: string[] = []
  if (child.stdout !== null) {
    const report = reporter()
    createInterface({ input: child.stdout }).on('line', (line) => {
      output.push(line)
      process.stdout.write(report(line))
    })
  }
  const [code] = (await once(child, 'close')) as [number | null]
  return { exitCode: code ?? 1, output: foreign ? read(OUTPUT) : output.join('\n') }
}

// A folder stands for the tests in it: tap itself would run its fixtures as well.
function testsIn(argument: string): string[] {
  const isFolder = statSync(argument, { throwIfNoEntry: false })?.isDirectory() ?? false
  return isFolder ? globSync(`${argument}/**/*.test.ts`).sort() : [argument]
}

// The test files, all unless some are named, and the options as they are.
function inSuites(options: string[]): string[] {
  const named = options.filter((each) => each.endsWith('.test.ts'))
  const files = selectsNothing(options) ? testsIn('test') : named
  // What selects by the names of tests counts from the outermost.
  const { suites, alone } = options.some(selectsByName) ? { suites: new Map(), alone: files } : suitesOf(files)
  writeSuites(suites)
  return [...options.filter((each) => !named.includes(each)), ...suites.keys(), ...alone]
}

// Whether this run is over everything: a part of the tests cannot cover the whole.
function selectsNothing(options: string[]): boolean {
  return !options.some((each) => !each.startsWith('-') || selectsByName(each) || each === '--disable-coverage')
}

function selectsByName(option: string): boolean {
  return /^(-g|--grep|-O|--only|--changed)/.test(option)
}

function checkCoverage(): boolean {
  const files = coverageOf(ENFORCED, readLcov(read(LCOV)))
  print(coverageTable(files))
  const complete = files.every((each) => each.missing.length === 0)
  if (!complete) print('FAILED: every line must be covered, or excluded with its reason (/* c8 ignore next: why */)')
  return complete
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
