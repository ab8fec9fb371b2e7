import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import type { HistoryEvent, Operation } from '../../../chaos/history/events.ts'
import type { Journal } from '../../../chaos/report/journal.ts'
import { sampleJournal } from './sample-journal.ts'

/** A run that never was, but could have been: the same for the same seed. */
export interface Sample {
  readonly journal: Journal
  readonly history: readonly HistoryEvent[]
}

export interface SampleOptions {
  readonly seed?: number
  /** Requests per second; two scenarios of 40 s have them. */
  readonly rate?: number
}

/** A fault in a scenario of 40 s: it strikes at 10 s, is healed at 24 s, and the breaker is closed again at 26 s. */
const STRIKE = 10_000
const HEAL = 24_000
const CLOSED = 26_000
const LENGTH = 40_000

/** Three scenarios: the database stopped (passed), Redis killed (failed), and one skipped. About 20,000 operations. */
export function sample({ seed = 7, rate = 250 }: SampleOptions = {}): Sample {
  const journal = sampleJournal()
  const random = randomFrom(seed)
  const ran = journal.scenarios.filter(({ outcome }) => outcome !== 'skipped')
  const history = ran.flatMap((scenario) => {
    const target = scenario.name === 'zombie-db' ? 'postgres' : 'redis'
    const events = [...story(target), ...requests(target, rate, random)]
    return events
      .map((event) => ({ ...event, at: scenario.from + event.at, scenario: scenario.name }) as HistoryEvent)
      .sort((a, b) => a.at - b.at)
  })
  return { journal, history }
}

type Bare = { readonly at: number } & Record<string, unknown>

/** Everything but the requests: phases, the fault, two instances and their breakers. */
function story(target: 'postgres' | 'redis'): Bare[] {
  const phase = (at: number, name: string) => ({ at, type: 'phase', phase: name })
  const fault = (at: number, stage: string) => {
    return { at, type: 'fault', fault: 'f1', name: target === 'redis' ? 'killed' : 'stopped', target, stage }
  }
  const breaker = (at: number, instance: string, dependency: string, state: string, reason?: string) => {
    return { at, type: 'breaker', instance, dependency, state, ...(reason !== undefined && { reason }) }
  }
  const instance = (name: string, late: number) => [
    breaker(20, name, 'postgres', 'connecting'),
    breaker(20, name, 'redis', 'connecting'),
    breaker(140 + late, name, 'postgres', 'closed'),
    breaker(90 + late, name, 'redis', 'closed'),
    breaker(STRIKE + 420 + late, name, target, 'open', 'ECONNREFUSED'),
    ...[14_500, 18_600, 22_700].flatMap((at) => [
      breaker(at + late, name, target, 'half_open'),
      breaker(at + late + 240, name, target, 'open', 'the probe failed'),
    ]),
    breaker(CLOSED - 700 + late, name, target, 'half_open'),
    breaker(CLOSED + late, name, target, 'closed'),
  ]
  const events = [
    phase(0, 'steady'),
    phase(9_800, 'fault'),
    phase(HEAL, 'heal'),
    phase(28_000, 'steady again'),
    fault(STRIKE, 'strike'),
    fault(STRIKE + 260, 'struck'),
    fault(HEAL, 'heal'),
    fault(HEAL + 900, 'healed'),
    ...instance('auth-1', 0),
    ...instance('auth-2', 180),
    ...alertStory(target),
  ]
  if (target === 'postgres') return events
  const died = { type: 'process', instance: 'auth-2', pid: 4711 }
  return [
    ...events,
    { at: 30_000, ...died, stage: 'exited', how: 'SIGKILL', wanted: true },
    { at: 31_500, ...died, pid: 4822, stage: 'started' },
    breaker(31_600, 'auth-2', 'postgres', 'connecting'),
    breaker(31_600, 'auth-2', 'redis', 'connecting'),
    breaker(31_900, 'auth-2', 'postgres', 'closed'),
    breaker(32_050, 'auth-2', 'redis', 'closed'),
  ]
}

/** An alert that is raised by the fault and ends after the heal, and one of an instance that is not over at the end. */
function alertStory(target: 'postgres' | 'redis'): Bare[] {
  const alert = (at: number, name: string, subject: string, state: string) => {
    return { at, type: 'alert', alert: name, subject, state, severity: 'critical', summary: `${target} is unavailable` }
  }
  return [
    alert(STRIKE + 900, `${target}Unavailable`, 'tokenforge', 'pending'),
    alert(STRIKE + 5_900, `${target}Unavailable`, 'tokenforge', 'firing'),
    alert(CLOSED + 700, `${target}Unavailable`, 'tokenforge', 'inactive'),
    alert(31_000, 'InstanceDown', 'auth-2', 'firing'),
  ]
}

const MIX: readonly [Operation, weight: number, ms: number][] = [
  ['verify', 0.5, 1.2],
  ['me', 0.15, 1.6],
  ['refresh', 0.15, 4],
  ['login', 0.1, 70],
  ['guess', 0.04, 65],
  ['register', 0.03, 80],
  ['logout', 0.03, 3],
]

/** What each dependency is needed for. */
const NEEDS: Readonly<Record<'postgres' | 'redis', readonly Operation[]>> = {
  postgres: ['login', 'guess', 'register'],
  redis: ['login', 'guess', 'refresh'],
}

function requests(target: 'postgres' | 'redis', rate: number, random: () => number): Bare[] {
  return Array.from({ length: (LENGTH / 1000) * rate - rate }, (_, op) => {
    const due = 200 + (op * 1000) / rate
    const [operation, , typical] = pick(random())
    const common = { op, operation, instance: op % 2 === 0 ? 'auth-1' : 'auth-2' }
    const invoked = { at: due, type: 'invoke', ...common, due }
    const end = ending(target, operation, due, typical, random)
    return [invoked, { at: due + end.ms, ...common, ...end }]
  }).flat()
}

/** How one request ends; there is a stall until the breaker opens, and a spike when it closes. */
function ending(
  target: 'postgres' | 'redis',
  operation: Operation,
  due: number,
  typical: number,
  random: () => number,
) {
  // Log-normal, more or less: most near the typical time, a few far above.
  const spread = (ms: number) => ms * Math.exp(0.35 * (random() + random() + random() - 1.5) * 2)
  const needs = NEEDS[target].includes(operation)
  if (needs && due >= STRIKE && due < STRIKE + 420) {
    return random() < 0.3
      ? { type: 'info', error: 'ECONNRESET', ms: spread(900) }
      : { type: 'info', status: 503, code: 'dependency_unavailable', dependency: target, ms: spread(350) }
  }
  if (needs && due >= STRIKE && due < CLOSED) {
    return { type: 'info', status: 503, code: 'dependency_unavailable', dependency: target, ms: spread(0.7) }
  }
  const down = target === 'redis' && due > 30_000 && due < 31_500
  if (down && random() < 0.5) return { type: 'info', error: 'ECONNREFUSED', ms: spread(0.5) }
  const crowd = due >= CLOSED && due < 28_500 ? 1 + 14 * (1 - (due - CLOSED) / 2500) : 1
  const ms = spread(typical * (needs ? crowd : Math.sqrt(crowd)))
  if (operation === 'guess') return { type: 'fail', status: 401, code: 'invalid_credentials', ms }
  if (operation === 'refresh' && crowd > 1 && random() < 0.02)
    return { type: 'fail', status: 401, code: 'no_session', ms }
  return { type: 'ok', status: 200, ms }
}

function pick(share: number): (typeof MIX)[number] {
  let sum = 0
  const found = MIX.find(([, weight]) => {
    sum += weight
    return share < sum
  })
  return found ?? (MIX[0] as (typeof MIX)[number])
}

function randomFrom(seed: number): () => number {
  const generator = xoroshiro128plus(seed)
  return () => uniformFloat64(generator)
}
