import type { Scenario } from './scenario.ts'
import { throughput } from './throughput.ts'

/** In the order in which they run. */
export const SCENARIOS: readonly Scenario[] = [throughput]
