import { readFileSync } from 'node:fs'
import type { Happening, HistoryEvent } from './events.ts'

/** What an event of each type can't be without. */
const REQUIRED: Readonly<Record<Happening['type'], Readonly<Record<string, 'string' | 'number' | 'object'>>>> = {
  invoke: { op: 'number', operation: 'string', instance: 'string', due: 'number' },
  ok: { op: 'number', operation: 'string', instance: 'string', ms: 'number' },
  fail: { op: 'number', operation: 'string', instance: 'string', ms: 'number' },
  info: { op: 'number', operation: 'string', instance: 'string', ms: 'number' },
  fault: { fault: 'string', name: 'string', target: 'string', stage: 'string' },
  breaker: { instance: 'string', dependency: 'string', state: 'string' },
  traffic: { instance: 'string', dependency: 'string', kind: 'string' },
  process: { instance: 'string', pid: 'number', stage: 'string' },
  socket: { instance: 'string', connection: 'string', stage: 'string' },
  log: { instance: 'string', text: 'string' },
  log_search: { instance: 'string', secrets: 'number', lines: 'number', bytes: 'number', found: 'object' },
  alert: { alert: 'string', subject: 'string', state: 'string', severity: 'string', summary: 'string' },
  phase: { phase: 'string' },
  sample: { source: 'string', values: 'object' },
}

/**
 * Reads a history back: the events of all scenarios in the order of `at`. A last line without its end, as a killed run
 * leaves it, is left out.
 *
 * @throws Error that names the file, the line and what is wrong with it
 */
export function readHistory(file: string): HistoryEvent[] {
  return parseHistory(readFileSync(file, 'utf8'), file)
}

/** The same from a text; `name` stands for it in errors. */
export function parseHistory(text: string, name = 'history'): HistoryEvent[] {
  const lines = text.split('\n')
  const isWhole = lines.pop() === ''
  const events: HistoryEvent[] = []
  for (const [index, line] of lines.entries()) events.push(parseLine(line, `${name}:${index + 1}`))
  if (!isWhole && text.endsWith('}')) events.push(...lastLine(text.slice(text.lastIndexOf('\n') + 1)))
  return events.sort((a, b) => a.at - b.at)
}

/** The end of the line itself may be all that is missing. */
function lastLine(line: string): HistoryEvent[] {
  try {
    return [parseLine(line, '')]
  } catch {
    return []
  }
}

function parseLine(line: string, where: string): HistoryEvent {
  const event = parseJson(line, where)
  if (typeof event !== 'object' || event === null) throw new Error(`${where}: not an object`)
  const fields = event as Record<string, unknown>
  const required = { at: 'number', scenario: 'string', ...requiredOf(fields.type, where) }
  for (const [field, type] of Object.entries(required)) {
    const value = fields[field]
    if (typeof value !== type || value === null) throw new Error(`${where}: ${field} must be a ${type}, is ${value}`)
  }
  return event as HistoryEvent
}

function parseJson(line: string, where: string): unknown {
  try {
    return JSON.parse(line)
  } catch (error) {
    throw new Error(`${where}: not JSON: ${(error as Error).message}`)
  }
}

function requiredOf(type: unknown, where: string): Readonly<Record<string, string>> {
  if (typeof type === 'string' && Object.hasOwn(REQUIRED, type)) return REQUIRED[type as Happening['type']]
  throw new Error(`${where}: no such type of event: ${type}`)
}
