import { calls } from './calls.ts'
import { instances } from './instances.ts'
import { latency } from './latency.ts'
import { memory } from './memory.ts'
import { refused } from './refused.ts'
import type { Scenario } from './scenario.ts'
import { sessions } from './sessions.ts'
import { coldStart } from './start.ts'
import { throughput } from './throughput.ts'

/** In the order in which they run. */
export const SCENARIOS: readonly Scenario[] = [
  throughput,
  latency,
  refused,
  coldStart,
  calls,
  instances,
  sessions,
  memory,
]
