import { setTimeout as sleep } from 'node:timers/promises'
import type { Verdict } from '../checks/verdict.ts'
import { OPERATIONS, type Operation } from '../history/events.ts'
import type { History } from '../history/history.ts'
import { isWhole } from '../lab/health.ts'
import type { Lab } from '../lab/lab.ts'
import { lookAtPostgres } from '../play/postgres-activity.ts'
import type { Actors } from '../workload/actions.ts'
import { audit } from '../workload/audit.ts'
import type { Mix } from '../workload/open-loop.ts'
import { steadyLoad } from '../workload/steady.ts'
import { STEADY } from './make-load.ts'
import { BACK_MS, POOL_MAX } from './settings.ts'

/** How long is waited for what is late already, as a multiple of its bound. */
const PATIENCE = 6
const LOOK_PAUSE_MS = 50
const TIMES = 3

/** Operations that must all go well when nothing is wrong. */
export const STEADINESS: ReadonlyMap<Operation, number> = new Map(
  OPERATIONS.filter((one) => (STEADY[one as keyof Mix] ?? 0) > 0).map((one) => [one, TIMES]),
)

export interface Recovered {
  readonly verdict: Verdict
  /** False when it is not only late, but did not come at all. */
  readonly isBack: boolean
}

/** Waits until each instance says that it is whole and every operation of the steady load goes well again. */
export async function recovers({ instances }: Lab, history: History): Promise<Recovered> {
  const claim = `everything works again within ${BACK_MS / 1000} s of the last heal`
  const violations: string[] = []
  const withinMs = PATIENCE * BACK_MS
  let isBack = true
  const judge = async (what: string, back: Promise<number>): Promise<void> => {
    try {
      const ms = await back
      if (ms > BACK_MS) violations.push(`${what} after ${(ms / 1000).toFixed(1)} s`)
    } catch (error) {
      isBack = false
      violations.push(`${what}: ${(error as Error).message}`)
    }
  }
  await Promise.all([
    ...instances.map(({ name, url }) => judge(`${name} is whole`, whole(url, withinMs))),
    judge('every operation goes well', steadyLoad(history, STEADINESS, { withinMs })),
  ])
  return { verdict: { check: 'recovers', claim, judged: instances.length + 1, violations }, isBack }
}

/** Asks for all that was promised. The judgement of each answer is for the other checks. */
export async function auditAll(actors: Actors): Promise<Verdict> {
  const { accounts, sessions, failed } = await audit(actors)
  return {
    check: 'audit',
    claim: 'every account logs in and every session goes on',
    judged: accounts + sessions,
    violations: failed > 0 ? [`${failed} of ${accounts} accounts and ${sessions} sessions do not`] : [],
  }
}

/** Connections that an instance may have: its pool, and the one of its Redis client. */
const CONNECTIONS = { postgres: POOL_MAX, redis: 1 } as const

/** Looks for what the instances have left behind: in Postgres, and on their links. */
export async function nothingLeft({ postgres, redis, instances }: Lab): Promise<Verdict> {
  const most = instances.length * CONNECTIONS.postgres
  const left = await lookAtPostgres(postgres.server.url, ({ connections }) => connections <= most)
  const { connections, idleInTransaction, waitingLocks } = left
  const links = [postgres, redis].flatMap(({ name, network }) =>
    [...network.links].map(([instance, { open }]) => ({
      what: `open from ${instance} to ${name}`,
      open,
      most: CONNECTIONS[name],
    })),
  )
  const surplus = [
    { what: 'connections in Postgres', open: connections, most },
    { what: 'idle in a transaction', open: idleInTransaction, most: 0 },
    { what: 'waiting for a lock', open: waitingLocks, most: 0 },
    ...links,
  ].filter(({ open, most }) => open > most)
  return {
    check: 'nothing-left',
    claim: 'no transaction, lock or connection beyond the pools stays behind',
    judged: 3 + links.length,
    violations: surplus.map(({ what, open, most }) => `${open} ${what}, ${most} at most`),
  }
}

/** Resolves with how long it took, in milliseconds. */
async function whole(url: string, withinMs: number): Promise<number> {
  const begin = performance.now()
  const ms = () => performance.now() - begin
  for (; !(await isWhole(url)); await sleep(LOOK_PAUSE_MS))
    if (ms() > withinMs) throw new Error(`not within ${withinMs} ms`)
  return ms()
}
