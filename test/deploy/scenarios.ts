import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { nodeCommand } from '../../local/node-command.ts'
import { cleanEnvironment } from '../fixtures/environment.ts'
import { ROOT } from './settings.ts'

const SCENARIOS = ['zombie-db', 'zombie-db-frozen', 'redis-kill', 'redis-frozen']

/** `npm run chaos -- --target URL --compose FILE`, as a user plays it against their own deployment. */
export async function scenariosHold(
  t: Test,
  { url, composeFile }: { url: string; composeFile: string },
  project: string,
): Promise<void> {
  const results = mkdtempSync(join(tmpdir(), 'tokenforge-results-'))
  t.teardown(() => rmSync(results, { recursive: true, force: true }))
  const options = ['--target', url, '--compose', composeFile, '--project', project, '--results', results]
  const [file, args] = nodeCommand('chaos/runner/main.ts', ...SCENARIOS, 'half-open', ...options)
  const child = spawn(file, args, { cwd: ROOT, env: cleanEnvironment(), stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  const [code] = await once(child, 'close')
  t.equal(code, 0, 'they pass', { output })
  t.match(
    output,
    /^ {2}skip {2}.*needs network and settings of its own$/m,
    'what needs more than a deployment is skipped',
  )
  t.match(output, /^\d+ passed, 0 failed$/m, 'and say so')
  t.comment(output.split('\n').at(-2) ?? '')
}
