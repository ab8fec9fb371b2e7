import type { BreakerEvent, FaultEvent, HistoryEvent } from '../history/events.ts'

/** A time with a beginning and an end, both on the run's clock; an end that did not come is infinity. */
export interface Span {
  readonly from: number
  readonly to: number
}

export interface FaultSpan extends Span {
  readonly name: string
  readonly target: string
  /** When it was seen to hold, and until when it surely did: from `struck` to `heal`. Empty when it never held. */
  readonly holds: Span
}

export interface BreakerSpan extends Span {
  readonly instance: string
  readonly dependency: BreakerEvent['dependency']
  readonly state: BreakerEvent['state']
  /** The state after it; undefined when the history ends, or the instance did. */
  readonly next: BreakerEvent['state'] | undefined
}

const NEVER = Number.POSITIVE_INFINITY

export function overlap(a: Span, b: Span): boolean {
  return a.from <= b.to && b.from <= a.to
}

/** The faults, from `strike` to `healed`; one of `both` dependencies counts as two. */
export function faultSpans(history: readonly HistoryEvent[]): readonly FaultSpan[] {
  const stages = new Map<string, { first: FaultEvent; at: Partial<Record<FaultEvent['stage'], number>> }>()
  for (const event of history) {
    if (event.type !== 'fault') continue
    const known = stages.get(event.fault) ?? { first: event, at: {} }
    known.at[event.stage] ??= event.at
    stages.set(event.fault, known)
  }
  return [...stages.values()].flatMap(({ first: { name, target }, at }) => {
    const from = at.strike ?? at.struck ?? 0
    const holds = { from: at.struck ?? NEVER, to: at.heal ?? at.healed ?? NEVER }
    const targets = target === 'both' ? ['postgres', 'redis'] : [target]
    return targets.map((one) => ({ name, target: one, from, to: at.healed ?? NEVER, holds }))
  })
}

/** The last moment at which a fault was healed; 0 when there was none. */
export function lastHealed(history: readonly HistoryEvent[]): number {
  return Math.max(0, ...faultSpans(history).map(({ to }) => to))
}

/** When neither Postgres nor Redis could be asked: both were the target of a fault. */
export function bothGone(history: readonly HistoryEvent[]): readonly Span[] {
  const faults = faultSpans(history)
  const of = (name: string) => faults.filter(({ target }) => target === name)
  return of('postgres').flatMap((a) =>
    of('redis')
      .map((b) => ({ from: Math.max(a.from, b.from), to: Math.min(a.to, b.to) }))
      .filter(({ from, to }) => from < to),
  )
}

export interface DownOptions {
  /** How much later than an instance itself the harness may notice its exit, in milliseconds. */
  readonly exitEdgeMs?: number
  /** How long an instance that listens may be without its keys, in milliseconds. */
  readonly startMs?: number
  /** How long it may be after a store for them has returned, in milliseconds: a probe and its time-outs. */
  readonly keysMs?: number
}

const EXIT_EDGE_MS = 250
const START_MS = 1000
const KEYS_MS = 5000

/**
 * When each instance need not answer: from its exit until it has started, and that is as long as there is no store to
 * read the keys from; and while it is itself the target of a fault.
 */
export function downSpans(
  history: readonly HistoryEvent[],
  { exitEdgeMs = EXIT_EDGE_MS, startMs = START_MS, keysMs = KEYS_MS }: DownOptions = {},
): ReadonlyMap<string, readonly Span[]> {
  const spans: (Span & { readonly instance: string })[] = []
  const since = new Map<string, number>()
  const gone = bothGone(history)
  for (const event of history) {
    if (event.type !== 'process') continue
    const { instance, stage, at } = event
    const from = since.get(instance)
    if (stage === 'ready') {
      const without = gone.find((span) => overlap(span, { from: at, to: at }))
      spans.push({ instance, from: from ?? at, to: without === undefined ? at + startMs : without.to + keysMs })
      since.delete(instance)
    } else if (from === undefined) since.set(instance, stage === 'exited' ? at - exitEdgeMs : at)
  }
  for (const [instance, from] of since) spans.push({ instance, from, to: NEVER })
  for (const { target: instance, from, to } of faultSpans(history)) spans.push({ instance, from, to })
  return Map.groupBy(spans, ({ instance }) => instance)
}

/** What the breakers of each instance were in, in order; a start of the instance ends the state before. */
export function breakerSpans(history: readonly HistoryEvent[]): readonly BreakerSpan[] {
  const spans: BreakerSpan[] = []
  const current = new Map<string, BreakerEvent & { at: number }>()
  const end = (key: string, at: number, next: BreakerSpan['next']) => {
    const event = current.get(key)
    if (event === undefined) return
    const { instance, dependency, state, at: from } = event
    spans.push({ instance, dependency, state, from, to: at, next })
    current.delete(key)
  }
  for (const event of history) {
    if (event.type === 'process' && event.stage !== 'ready') {
      for (const dependency of ['postgres', 'redis', 'auth'])
        end(`${event.instance} ${dependency}`, event.at, undefined)
    }
    if (event.type !== 'breaker') continue
    const key = `${event.instance} ${event.dependency}`
    if (current.get(key)?.state === event.state) continue
    end(key, event.at, event.state)
    current.set(key, event)
  }
  for (const key of [...current.keys()]) end(key, NEVER, undefined)
  return spans
}
