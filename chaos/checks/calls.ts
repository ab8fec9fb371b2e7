import type { Completion, HistoryEvent, Invocation, Operation } from '../history/events.ts'

type At<T> = T & { readonly at: number }

/** An operation of a client: its invocation joined with its end. */
export interface Call {
  readonly operation: Operation
  readonly invoke: At<Invocation>
  /** Absent when none came by the end of the history. */
  readonly end: At<Completion> | undefined
  /** `info` also without an end: nobody knows whether it was done. */
  readonly outcome: Completion['type']
  /** When it was sent. */
  readonly from: number
  /** When it had ended; infinity without an end. What it did took effect in between. */
  readonly to: number
  /** Who answered, or was asked last. */
  readonly instance: string
}

const known = new WeakMap<readonly HistoryEvent[], readonly Call[]>()

/**
 * The operations of a history in the order in which they were sent.
 *
 * @throws Error when an operation begins twice, or ends without a beginning or twice: that is no history
 */
export function callsOf(history: readonly HistoryEvent[]): readonly Call[] {
  const before = known.get(history)
  if (before !== undefined) return before
  const calls = join(history)
  known.set(history, calls)
  return calls
}

function join(history: readonly HistoryEvent[]): readonly Call[] {
  const begun = new Map<number, At<Invocation>>()
  const ended = new Map<number, At<Completion>>()
  for (const event of history) {
    if (event.type === 'invoke') {
      if (begun.has(event.op)) throw new Error(`operation ${event.op} begins twice`)
      begun.set(event.op, event)
    } else if (event.type === 'ok' || event.type === 'fail' || event.type === 'info') {
      if (!begun.has(event.op)) throw new Error(`operation ${event.op} ends without a beginning`)
      if (ended.has(event.op)) throw new Error(`operation ${event.op} ends twice`)
      ended.set(event.op, event)
    }
  }
  return [...begun.values()].map((invoke) => toCall(invoke, ended.get(invoke.op)))
}

function toCall(invoke: At<Invocation>, end: At<Completion> | undefined): Call {
  const { operation, at: from } = invoke
  const instance = end?.instance ?? invoke.instance
  return {
    operation,
    invoke,
    end,
    outcome: end?.type ?? 'info',
    from,
    to: end?.at ?? Number.POSITIVE_INFINITY,
    instance,
  }
}

/** One line about a call, for a violation. */
export function describe({ operation, invoke, end, instance, outcome }: Call): string {
  const { user, session } = invoke
  const answer = end === undefined ? 'never answered' : (end.status ?? `no answer (${end.error ?? outcome})`)
  const whose = session === undefined ? user : `session ${session}`
  return [operation, `on ${instance}:`, answer, end?.code, end?.dependency, whose && `(${whose})`]
    .filter(Boolean)
    .join(' ')
}
