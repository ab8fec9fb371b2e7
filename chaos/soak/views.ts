import { type Call, callsOf } from '../checks/calls.ts'
import type { HistoryEvent } from '../history/events.ts'

/** The history as it would be if every fault had been healed so many milliseconds later. */
export function healedLater(history: readonly HistoryEvent[], ms: number): readonly HistoryEvent[] {
  const isHealed = (event: HistoryEvent) => event.type === 'fault' && event.stage === 'healed'
  return history.map((event) => (isHealed(event) ? { ...event, at: event.at + ms } : event)).sort((a, b) => a.at - b.at)
}

/** The history without some calls. */
export function withoutCalls(
  history: readonly HistoryEvent[],
  isLeftOut: (call: Call) => boolean,
): readonly HistoryEvent[] {
  const left = new Set(callsOf(history).flatMap((call) => (isLeftOut(call) ? [call.invoke.op] : [])))
  return left.size === 0 ? history : history.filter((event) => !('op' in event && left.has(event.op)))
}
