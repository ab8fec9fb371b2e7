import { setTimeout as sleep } from 'node:timers/promises'
import type { HistoryEvent, Operation } from '../history/events.ts'
import type { History } from '../history/history.ts'
import type { Result } from './client.ts'

export interface SteadyOptions {
  /** Milliseconds; beyond that it is an error. */
  readonly withinMs: number
  /** How many successes in a row are steady. */
  readonly times?: number
}

const TIMES = 5
const PAUSE_MS = 50

/**
 * Asks one after the other until so many in a row were `ok`.
 *
 * @returns milliseconds until the first of them was answered: the time that it took to recover
 * @throws Error when that takes longer than `withinMs`; it names the last other outcome
 */
export async function steady(
  ask: () => Promise<Result<unknown>>,
  { withinMs, times = TIMES }: SteadyOptions,
): Promise<number> {
  const begin = performance.now()
  let [row, first, other] = [0, 0, 'no answer yet']
  while (row < times) {
    const result = await ask()
    const ms = performance.now() - begin
    if (ms > withinMs) throw new Error(`not steady within ${withinMs} ms: ${other}`)
    if (result.type === 'ok') {
      row += 1
      if (row === 1) first = ms
    } else {
      row = 0
      other = describe(result)
    }
    if (row < times) await sleep(PAUSE_MS)
  }
  return Math.round(first)
}

/**
 * Watches a load that is running until each of the operations was `ok` as many times in a row as is asked of it.
 *
 * @returns milliseconds until the last of them had its first success of that row
 * @throws Error when that takes longer than `withinMs`; it names the operations that are not back
 */
export async function steadyLoad(
  history: History,
  steadiness: ReadonlyMap<Operation, number>,
  { withinMs }: Pick<SteadyOptions, 'withinMs'>,
): Promise<number> {
  const begin = history.now()
  const rows = new Map([...steadiness].map(([operation, times]) => [operation, { times, count: 0, first: begin }]))
  const left = () => [...rows].filter(([, { count, times }]) => count < times).map(([operation]) => operation)
  await seen(
    history,
    (event) => {
      if (event.type !== 'ok' && event.type !== 'fail' && event.type !== 'info') return false
      const row = rows.get(event.operation)
      if (row === undefined || row.count >= row.times || event.at - event.ms < begin) return false
      if (event.type === 'ok' && row.count === 0) row.first = event.at
      row.count = event.type === 'ok' ? row.count + 1 : 0
      return left().length === 0
    },
    withinMs,
    () => `not steady within ${withinMs} ms: ${left().join(', ')}`,
  )
  return Math.round(Math.max(...[...rows.values()].map(({ first }) => first)) - begin)
}

/**
 * Waits for an event that is recorded from now on.
 *
 * @throws Error when none comes within `withinMs`
 */
export async function seen(
  history: History,
  isIt: (event: HistoryEvent) => boolean,
  withinMs: number,
  complaint: () => string = () => `not seen within ${withinMs} ms`,
): Promise<HistoryEvent> {
  const { promise, resolve, reject } = Promise.withResolvers<HistoryEvent>()
  const unsubscribe = history.subscribe((event) => isIt(event) && resolve(event))
  const timer = setTimeout(() => reject(new Error(complaint())), withinMs)
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    unsubscribe()
  }
}

function describe({ operation, status, code, dependency, error }: Result<unknown>): string {
  return [operation, status ?? error, code, dependency].filter((word) => word !== undefined).join(' ')
}
