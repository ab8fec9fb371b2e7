import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import { ownerTag } from '../../../chaos/lab/owner.ts'
import { isPortFree } from '../../../local/ports.ts'
import { childrenOf } from '../../../local/processes.ts'
import { until } from '../../fixtures/app.ts'
import { cleanEnvironment, nodeCommand } from '../../fixtures/environment.ts'

const run = promisify(execFile)

/** A process that has a lab open. */
export interface HeldLab {
  readonly child: ChildProcess
  readonly pid: number
  /** What still is there of its lab. */
  left(): Promise<string[]>
  /** Waits until nothing is there any more. */
  gone(): Promise<void>
  /** Its children that are shells: who watches over it. */
  watchers(): Promise<number[]>
}

/** Starts `holder.ts`; resolves when its lab is open. */
export async function holdLab(t: Test, driver: 'docker' | 'local'): Promise<HeldLab> {
  const [file, args] = nodeCommand(join(import.meta.dirname, 'holder.ts'), driver)
  const child = spawn(file, args, { env: cleanEnvironment(), stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  const pid = child.pid as number
  const prefix = `tokenforge-lab-${await ownerTag(pid)}-`
  const ports = JSON.parse(String(line)) as number[]

  async function left(): Promise<string[]> {
    const folders = readdirSync(tmpdir()).filter((name) => name.startsWith(prefix))
    const taken = await Promise.all(ports.map(async (port) => ((await isPortFree(port)) ? [] : [`port ${port}`])))
    return [...folders, ...taken.flat()]
  }
  return {
    child,
    pid,
    left,
    gone: async () => void (await until(async () => (await left()).length === 0, 20_000)),
    async watchers() {
      const children = await childrenOf(pid)
      const { stdout } = await run('ps', ['-o', 'pid=,comm=', '-p', children.join(',')])
      return [...stdout.matchAll(/^\s*(\d+) \S*sh$/gm)].map(([, child]) => Number(child))
    },
  }
}
