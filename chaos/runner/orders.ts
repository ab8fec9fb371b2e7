import { join } from 'node:path'
import { RunClock } from '../history/clock.ts'
import type { DriverName } from '../lab/lab.ts'
import type { Target } from './arguments.ts'
import { makeRunFolder } from './run-folder.ts'

/** What `npm run chaos` tells the process of a scenario, by its environment. */
export interface Orders {
  readonly driver: DriverName
  readonly runFolder: string
  /** Of the run's clock. */
  readonly origin: string
  readonly pauseAfterFault: boolean
  /** Whether the scenario was asked for by its name, not among all. */
  readonly named?: boolean
  readonly target?: Target
  /** The name of a mistake to build into the server. */
  readonly mutation?: string
}

const NAME = 'CHAOS_ORDERS'
export const RESULTS = join(import.meta.dirname, '../results')

export function withOrders(orders: Orders): Record<string, string> {
  return { [NAME]: JSON.stringify(orders) }
}

/** A scenario that was started by hand gets the local driver and a run of its own. */
export function ordersOrDefault(env: NodeJS.ProcessEnv = process.env): Orders {
  const text = env[NAME]
  if (text !== undefined) return JSON.parse(text) as Orders
  const { path: runFolder } = makeRunFolder(RESULTS, 'local')
  return { driver: 'local', runFolder, origin: new RunClock().origin, pauseAfterFault: false, named: true }
}
