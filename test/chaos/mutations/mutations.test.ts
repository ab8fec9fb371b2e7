import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { MUTATIONS, mutationNamed } from '../../../chaos/mutations/mutations.ts'
import { cleanEnvironment, nodeCommand } from '../../fixtures/environment.ts'

const ROOT = join(import.meta.dirname, '../../..')

t.test('every mistake still fits the source that it breaks', async (t) => {
  for (const { name, edits, scenario } of MUTATIONS) {
    for (const { file, from, to } of edits) {
      const source = readFileSync(join(ROOT, file), 'utf8')
      t.equal(source.split(from).length, 2, `${name}: ${file} has the text once`)
      t.not(from, to)
    }
    t.ok(existsSync(join(ROOT, `chaos/scenarios/${scenario}.test.ts`)), `${name}: there is a scenario ${scenario}`)
  }
})

t.test('a process with a mistake built in runs the changed source, one without does not', async (t) => {
  const program = `
    const { SlidingWindow } = await import('./lib/resilience/sliding-window.ts')
    const window = new SlidingWindow({ windowMs: 1000, threshold: 0.5, minimumCalls: 1 }, { now: () => 0, monotonic: () => 0 })
    process.stdout.write(String(window.failure(0)))`
  const run = (...options: string[]) => {
    const [file, args] = nodeCommand(...options, '--input-type=module', '-e', program)
    return spawnSync(file, args, {
      cwd: ROOT,
      env: cleanEnvironment({ CHAOS_MUTATION: 'no-breaker' }),
      encoding: 'utf8',
    })
  }
  t.equal(run().stdout, 'true')
  t.equal(run('--import', './chaos/mutations/load.ts').stdout, 'false')
})

t.test('a source with a mistake in it is still a program', async (t) => {
  for (const { name, edits } of MUTATIONS) {
    const program = edits.map(({ file }) => `await import('./${file}')`).join('\n')
    const [file, args] = nodeCommand('--import', './chaos/mutations/load.ts', '--input-type=module', '-e', program)
    const env = cleanEnvironment({ CHAOS_MUTATION: name })
    t.equal(spawnSync(file, args, { cwd: ROOT, env, encoding: 'utf8' }).stderr, '', name)
  }
})

t.test('a mistake that is not known is refused', async (t) => {
  t.throws(() => mutationNamed('no-brakes'), /no mutation no-brakes; there are no-breaker, /)
})
