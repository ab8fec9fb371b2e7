import { setTimeout as sleep } from 'node:timers/promises'
import type { ContainerRuntimeClient } from 'testcontainers'

export type Engine = ContainerRuntimeClient
export type Container = ReturnType<Engine['container']['getById']>

const PATIENCE_MS = 5_000

/** The Docker engine that DOCKER_HOST or the usual socket leads to; `undefined` when none answers within a few seconds. */
export async function findEngine(): Promise<Engine | undefined> {
  // Ports are published on this machine. The library would find that out by a container, with an image to be fetched.
  process.env.TESTCONTAINERS_HOST_OVERRIDE ??= '127.0.0.1'
  // Not before it is needed: it takes a while to load.
  const { getContainerRuntimeClient } = await import('testcontainers')
  const late = sleep(PATIENCE_MS, undefined, { ref: false })
  return Promise.race([getContainerRuntimeClient().catch(() => undefined), late])
}

/** The status code of what the engine answered. */
export function statusOf(error: unknown): number | undefined {
  return (error as { statusCode?: number }).statusCode
}

/** Waits for the engine to do something, which it may have done already: an answer with this status code is as good. */
export async function tolerating(status: number, work: Promise<unknown>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (statusOf(error) !== status) throw error
  }
}
