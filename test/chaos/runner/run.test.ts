import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import { cleanEnvironment, nodeCommand } from '../../fixtures/environment.ts'

const ROOT = join(import.meta.dirname, '../../..')

/** `npm run chaos` with these arguments; `onLine` may talk to it. */
async function chaos(args: string[], onLine: (line: string, child: ReturnType<typeof spawn>) => void = () => {}) {
  const [file, command] = nodeCommand('chaos/runner/main.ts', ...args)
  const child = spawn(file, command, { cwd: ROOT, env: cleanEnvironment({ CHAOS_DRIVER: 'local' }) })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      output += `${line}\n`
      onLine(line, child)
    })
  }
  const [code] = await once(child, 'close')
  return { code, output }
}

t.test('a scenario from the command line: progress, results, and one plain line at the end', async (t) => {
  const results = mkdtempSync(join(tmpdir(), 'tokenforge-results-'))
  t.teardown(() => rmSync(results, { recursive: true, force: true }))
  let paused = false
  const { code, output } = await chaos(['redis-empty', '--results', results, '--pause-after-fault'], (line, child) => {
    if (!line.includes('press Enter')) return
    paused = true
    child.stdin?.write('\n')
  })
  t.equal(code, 0, output)
  t.ok(paused, 'it paused while the fault held, and went on')
  t.match(output, /^\d+ passed, 0 failed\n$/m)
  const [run = ''] = readdirSync(results)
  for (const file of ['report.html', 'journal.json', 'junit.xml', 'history.ndjson', 'redis-empty/auth-1.log']) {
    t.ok(existsSync(join(results, run, file)), file)
  }
  const journal = JSON.parse(readFileSync(join(results, run, 'journal.json'), 'utf8'))
  t.match(journal, { driver: 'local', scenarios: [{ name: 'redis-empty', outcome: 'passed' }] })
  t.ok(journal.about.postgres && journal.about.redis, 'the versions are told')
})

t.test('what it does not know it refuses, with the usage', async (t) => {
  const { code, output } = await chaos(['no-such'])
  t.equal(code, 2)
  t.match(output, /^no scenario no-such; there are .*\n\nusage: npm run chaos/)
})
