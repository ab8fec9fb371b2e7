import { spawnSync } from 'node:child_process'
import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ORIGIN_VARIABLE, RunClock } from '../../../chaos/history/clock.ts'
import { fingerprint, History } from '../../../chaos/history/history.ts'
import { readHistory } from '../../../chaos/history/reader.ts'
import { cleanEnvironment, nodeCommand } from '../../fixtures/environment.ts'

const MODULES = join(import.meta.dirname, '../../../chaos/history')

/** Runs a script with the history's modules in a process of its own. */
function runScript(script: string, env: Record<string, string> = {}) {
  const imports = `import { RunClock } from '${MODULES}/clock.ts'; import { History } from '${MODULES}/history.ts';`
  const [file, args] = nodeCommand('--input-type=module-typescript', '--eval', `${imports} ${script}`)
  return spawnSync(file, args, { encoding: 'utf8', env: cleanEnvironment(env) })
}

t.test('the clock is the same in all processes of a run', async (t) => {
  const clock = new RunClock()
  const before = clock.now()
  const { stdout } = runScript(`process.stdout.write(String(new RunClock(process.env.${ORIGIN_VARIABLE}).now()))`, {
    [ORIGIN_VARIABLE]: clock.origin,
  })
  const after = clock.now()
  t.ok(before < Number(stdout) && Number(stdout) < after, `${before} < ${stdout} < ${after}`)
})

t.test('a run begins at 0; a wall-clock time is put on its clock', async (t) => {
  const clock = new RunClock()
  t.ok(clock.now() < 1000)
  t.ok(Math.abs(clock.fromEpoch(Date.now()) - clock.now()) < 5)
  t.ok(Math.abs(clock.fromEpoch(Date.now() + 60_000) - clock.now() - 60_000) < 5)
  for (const origin of ['', 'yesterday', '-1', String(process.hrtime.bigint() + 10n ** 12n)]) {
    t.throws(() => new RunClock(origin), /CHAOS_RUN_ORIGIN: .* is not a moment/, origin)
  }
})

t.test('events are stamped, kept in the order of their time, and told to who listens', async (t) => {
  const history = new History({ scenario: 'one' })
  const heard: string[] = []
  const stop = history.subscribe((event) => heard.push(event.type))
  history.record({ type: 'phase', phase: 'second' }, 2)
  const late = history.record({ type: 'breaker', instance: 'a', dependency: 'redis', state: 'open' }, 1)
  stop()
  history.record({ type: 'phase', phase: 'third' }, 3)
  t.match(late, { at: 1, scenario: 'one', type: 'breaker' })
  t.strictSame(
    history.events().map(({ type }) => type),
    ['breaker', 'phase', 'phase'],
  )
  t.strictSame(heard, ['phase', 'breaker'])
  t.equal(history.size, 3)
  t.strictSame([history.nextOp(), history.nextOp()], [1, 2])
})

t.test('what is written is read back; scenarios share a file', async (t) => {
  const file = join(t.testdir(), 'results', 'history.ndjson')
  const clock = new RunClock()
  {
    using one = new History({ scenario: 'one', file, clock })
    using two = new History({ scenario: 'two', file, clock })
    one.record({ type: 'phase', phase: 'a' })
    two.record({ type: 'phase', phase: 'b' })
    one.flush()
    two.flush()
    one.record({ type: 'phase', phase: 'c' })
  }
  const read = readHistory(file)
  t.strictSame(
    read.map((event) => [event.scenario, 'phase' in event && event.phase]),
    [
      ['one', 'a'],
      ['two', 'b'],
      ['one', 'c'],
    ],
  )
  const history = new History({ scenario: 'closed', file })
  history.close()
  history.close()
  history.record({ type: 'phase', phase: 'd' })
  t.equal(readHistory(file).length, 3, 'a closed one records in memory alone')
  t.equal(history.size, 1)
})

t.test('nothing is lost when the process ends by an error or by itself', async (t) => {
  for (const end of ['throw new Error("crash")', 'process.exit(3)', '']) {
    const file = join(t.testdir(), 'history.ndjson')
    const script = `new History({ scenario: 's', file: '${file}' }).record({ type: 'phase', phase: 'last' }); ${end}`
    runScript(script)
    t.equal(readHistory(file).length, 1, end)
  }
})

t.test('lines do not wait for long in memory', async (t) => {
  const file = join(t.testdir(), 'history.ndjson')
  using history = new History({ scenario: 's', file })
  const text = 'x'.repeat(1000)
  for (let i = 0; i < 70; i += 1) history.record({ type: 'log', instance: 'a', text })
  t.ok(readFileSync(file, 'utf8').length > 65_000, 'a full buffer is written at once')
  const end = performance.now() + 5000
  while (readHistory(file).length < 70 && performance.now() < end) await new Promise((next) => setTimeout(next, 20))
  t.equal(readHistory(file).length, 70, 'and the rest soon')
})

t.test('a truncated last line is left out, any other is an error that names it', async (t) => {
  const file = join(t.testdir(), 'history.ndjson')
  const whole = '{"at":1,"scenario":"s","type":"phase","phase":"a"}'
  appendFileSync(file, `${whole}\n{"at":2,"scena`)
  t.equal(readHistory(file).length, 1)
  appendFileSync(file, `\n${whole}\n`)
  t.throws(() => readHistory(file), { message: /history\.ndjson:2: not JSON/ })
})

t.test('a fingerprint is short and tells nothing', async (t) => {
  t.equal(fingerprint('abc'), 'ba7816bf8f01')
})
