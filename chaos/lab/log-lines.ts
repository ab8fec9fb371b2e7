import type { BreakerEvent, LogEvent } from '../history/events.ts'

/** pino's number for `error`; `fatal` is above it. */
const ERROR_LEVEL = 50
const MAX_TEXT = 2_000
const GUARDED = new Set(['postgres', 'redis', 'auth'])

/** What a line of an instance's log means for the history; most mean nothing. */
export function readLogLine(instance: string, line: string): BreakerEvent | LogEvent | undefined {
  const entry = parse(line)
  if (entry === undefined || Number(entry.level) >= ERROR_LEVEL) {
    return { type: 'log', instance, text: line.slice(0, MAX_TEXT) }
  }
  const { dependency, state, reason, msg } = entry
  if (msg !== `${dependency}: breaker is ${state}` || !GUARDED.has(String(dependency))) return undefined
  return {
    type: 'breaker',
    instance,
    dependency: dependency as BreakerEvent['dependency'],
    state: state as BreakerEvent['state'],
    ...(typeof reason === 'string' && { reason }),
  }
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
