import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { totals } from '../../test/runner/report.ts'

const ROOT = join(import.meta.dirname, '../..')

export interface Played {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/**
 * Runs scenario files one after the other, each in a process of its own.
 *
 * @param onLine told each line of tap's output
 * @param signal ends it: the scenario that is being played heals and cleans up, the others are not begun
 */
export async function runTap(
  files: readonly string[],
  env: NodeJS.ProcessEnv,
  onLine: (line: string) => void,
  signal?: AbortSignal,
): Promise<Played> {
  const program = join(dirname(createRequire(import.meta.url).resolve('tap/package.json')), 'dist', 'esm', 'run.mjs')
  const child = spawn(process.execPath, [program, 'run', '--reporter=tap', ...files], {
    cwd: ROOT,
    env: { ...env, TAP_RCFILE: join(ROOT, 'chaos/.taprc') },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  signal?.addEventListener('abort', () => child.kill('SIGTERM'))
  const lines: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line)
    onLine(line)
  })
  const [code] = (await once(child, 'close')) as [number | null]
  const { passed, failed, skipped } = totals(lines.join('\n')) ?? { passed: 0, failed: 0, skipped: 0 }
  // tap itself can fail without a failed assertion: a crash, or no such file.
  return { passed, failed: code !== 0 ? Math.max(1, failed) : failed, skipped }
}
