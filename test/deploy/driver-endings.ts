import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Test } from 'tap'
import { type DeploymentTarget, openDeployment } from '../../chaos/lab/drivers/deployment.ts'
import { cleanEnvironment, nodeCommand } from '../fixtures/environment.ts'
import { until, untilWhole } from './client.ts'
import type { Project } from './project.ts'

const HOLDER = join(import.meta.dirname, 'holder.ts')

/** Everything is up again when it is disposed of. */
export async function restoresAtItsEnd(t: Test, target: DeploymentTarget, project: Project): Promise<void> {
  const deployment = await openDeployment(target)
  // Disposed of while a stop is under way: its undoing waits for it.
  const stop = deployment.postgres.server.stop()
  await deployment.redis.server.freeze()
  await Promise.all([stop, deployment[Symbol.asyncDispose]()])
  await deployment[Symbol.asyncDispose]()
  await isUpAgain(t, project)
  await untilWhole(target.url)
}

/** Everything is up again when the harness is asked to end, and when it is killed. */
export async function restoresWhenEnded(
  t: Test,
  target: DeploymentTarget,
  project: Project,
  signal: NodeJS.Signals,
): Promise<void> {
  const [file, args] = nodeCommand(HOLDER, JSON.stringify(target))
  const child = spawn(file, args, { env: cleanEnvironment(), stdio: ['ignore', 'pipe', 'inherit'] })
  const exit = once(child, 'exit')
  const first = await Promise.race([once(child.stdout, 'data'), exit])
  t.equal(String(first[0]), 'held\n')
  t.equal((await project.container('postgres')).state, 'exited')
  t.equal((await project.container('redis')).state, 'paused')
  child.kill(signal)
  t.equal((await exit)[1], signal)
  // A killed one has left that to its last will, which goes on looking for a moment.
  if (signal === 'SIGKILL') await until(200, async () => ({ status: (await hasHeirs(project)) ? 0 : 200, body: {} }))
  await isUpAgain(t, project)
  await untilWhole(target.url)
}

/** Whether the last will of a harness that broke this project is being carried out. */
async function hasHeirs({ name }: Project): Promise<boolean> {
  const pids = (await readdir('/proc')).filter((each) => /^\d+$/.test(each))
  const commands = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return commands.some((command) => command.includes('compose-restore.ts') && command.includes(name))
}

async function isUpAgain(t: Test, project: Project): Promise<void> {
  for (const service of ['postgres', 'redis', 'server'])
    t.equal((await project.container(service)).state, 'running', service)
}
