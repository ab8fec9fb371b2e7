import { markdownTable } from '../tables/marked.ts'
import type { Run, Seen } from './measure.ts'
import type { Watcher } from './watchers.ts'

/** How often the verifier polls by default. */
const POLL_MS = 1000
/** The time in which the last acceptance must lie. */
export const BOUNDS = [
  { name: 'anywhere, with the stream', kinds: ['server', 'stream'], underMs: 2000 },
  { name: 'anywhere, without it', kinds: ['server', 'polling'], underMs: POLL_MS + 1000 },
] as const satisfies readonly { kinds: readonly Watcher['kind'][]; [more: string]: unknown }[]

/** The last acceptance of a run among watchers of these kinds. */
export function lastOf({ seen }: Run, kinds: readonly Watcher['kind'][]): number {
  return Math.max(...seen.filter(({ watcher }) => kinds.includes(watcher.kind)).map(({ lastMs }) => lastMs))
}

/** Milliseconds from the sending of "Revoke All"; a row for the answer, each kind of watcher, and each bound. */
export function renderTable(runs: readonly Run[]): string {
  const names = new Set(runs.flatMap(({ seen }) => seen.map(nameOf)).toSorted())
  const rows: [name: string, bound: string, times: number[]][] = [
    ['the answer to "Revoke All"', '', runs.map(({ answeredMs }) => answeredMs)],
    ...[...names].map((name): (typeof rows)[number] => [name, '', runs.flatMap(({ seen }) => timesOf(seen, name))]),
    ...BOUNDS.map(({ name, kinds, underMs }): (typeof rows)[number] => [
      `**${name}**`,
      `${underMs} ms`,
      runs.map((run) => lastOf(run, kinds)),
    ]),
  ]
  const head = ['last acceptance', 'least', 'median', 'most', 'must be under']
  return markdownTable([head, ...rows.map(([name, bound, times]) => [name, ...summary(times), bound])])
}

function timesOf(seen: readonly Seen[], name: string): number[] {
  return seen.filter((one) => nameOf(one) === name).map(({ lastMs }) => lastMs)
}

function nameOf({ watcher: { name }, wasAsked }: Seen): string {
  return `${name}, ${wasAsked ? 'on the instance that was asked' : 'on the other one'}`
}

function summary(times: readonly number[]): string[] {
  const sorted = times.toSorted((a, b) => a - b)
  return [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)].map(
    (ms = Number.NaN) => `${Math.round(ms)} ms`,
  )
}
