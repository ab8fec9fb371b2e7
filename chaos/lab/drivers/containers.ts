import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAlive, ownerTag } from '../owner.ts'
import { type Container, type Engine, statusOf } from './engine.ts'

/** On every container of a lab: whose it is, and on which machine that process runs. */
const OWNER = 'org.tokenforge.chaos'
const HOST = 'org.tokenforge.chaos.host'

const REMOVAL_TIMEOUT_MS = 30_000
const PAUSE_MS = 50
const GONE = 404
const BEING_REMOVED = 409

/** The labels that say that a container belongs to this process. */
export async function ourLabels(): Promise<Record<string, string>> {
  return { [OWNER]: await ownerTag(), [HOST]: hostname() }
}

/** Removes the containers, and their volumes, of labs on this machine whose owner is gone. */
export async function sweepContainers(engine: Engine): Promise<void> {
  for (const { Id, Labels } of await list(engine, { label: [OWNER, `${HOST}=${hostname()}`] })) {
    if (!(await isAlive(Labels[OWNER] ?? ''))) await remove(engine.container.getById(Id))
  }
}

/** Removes the container of that name, and its volumes, when there is one and it is ours. */
export async function removeOurs(engine: Engine, name: string): Promise<void> {
  const label = Object.entries(await ourLabels()).map(([key, value]) => `${key}=${value}`)
  for (const { Id } of await list(engine, { name: [`^/${name}$`], label })) await remove(engine.container.getById(Id))
}

/** Throws an error with one line for the terminal when there is a container of that name. */
export async function requireFree(engine: Engine, name: string): Promise<void> {
  const [holder] = await list(engine, { name: [`^/${name}$`] })
  if (holder === undefined) return
  throw new Error(
    `there is a container ${name} ${whose(holder.Labels)}: end it or give it another name, or choose CHAOS_DRIVER=local`,
  )
}

function whose({ [OWNER]: owner, [HOST]: host }: Record<string, string>): string {
  if (owner === undefined) return 'that the harness did not make'
  const where = host === hostname() ? '' : ` on ${host}`
  return `of another run (process ${owner.split('-')[0]}${where})`
}

function list(engine: Engine, filters: Record<string, string[]>) {
  return engine.container.dockerode.listContainers({ all: true, filters })
}

/** Whatever it does, running or paused. Waits until it is gone. */
async function remove(container: Container): Promise<void> {
  for (const deadline = performance.now() + REMOVAL_TIMEOUT_MS; ; await sleep(PAUSE_MS)) {
    try {
      return await container.remove({ force: true, v: true })
    } catch (error) {
      const status = statusOf(error)
      if (status === GONE) return
      if (status !== BEING_REMOVED || performance.now() > deadline) throw error
    }
  }
}
