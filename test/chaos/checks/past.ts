import type { Test } from 'tap'
import type { Check } from '../../../chaos/checks/verdict.ts'
import type {
  BreakerEvent,
  Completion,
  FaultEvent,
  Happening,
  HistoryEvent,
  Invocation,
  LogSearchEvent,
  Operation,
  ProcessEvent,
  TrafficEvent,
} from '../../../chaos/history/events.ts'

type CallFields = Partial<Omit<Invocation, 'type' | 'op' | 'operation'>> & {
  /** From `due` to the end; by default it ends 10 ms after it was sent. */
  readonly ms?: number
}
type Found = Partial<Omit<Completion, 'op' | 'operation'>>

const SOON_MS = 10
const FAR = 900_000

/** A hand-written history. Times are milliseconds since the run's start; the instance is `auth-1` where none is named. */
export class Past {
  readonly #events: HistoryEvent[] = []
  #ops = 0
  #faults = 0

  /** In the order of `at`, as a check gets them. */
  get events(): readonly HistoryEvent[] {
    return this.#events.toSorted((a, b) => a.at - b.at)
  }

  add(at: number, happening: Happening): this {
    this.#events.push({ at, scenario: 'past', ...happening })
    return this
  }

  /**
   * An operation that is sent at `at`.
   *
   * @param answer status and code (`401 invalid_token`), what the socket said (`ECONNRESET`), or `never`
   */
  call(at: number, operation: Operation, answer: string, { ms, ...fields }: CallFields = {}, found?: Found) {
    this.#ops += 1
    const common = { op: this.#ops, operation, instance: 'auth-1' }
    const invoke = { due: at, ...common, ...fields }
    this.add(at, { type: 'invoke', ...invoke })
    if (answer === 'never') return this
    const { instance, due } = invoke
    const took = ms ?? at - due + SOON_MS
    return this.add(due + took, { ...common, instance, ms: took, ...completionOf(answer), ...found })
  }

  /** A registration, acknowledged unless another answer is given. */
  register(at: number, user: string, answer = '201'): this {
    return this.call(at, 'register', answer, { user }, answer === '201' ? { user, account: `id of ${user}` } : {})
  }

  /** A login that begins the session; its tokens are `<session>/a1` and `<session>/r1`. */
  login(at: number, user: string, session: string, more: Found = {}): this {
    const tokens = { access: `${session}/a1`, refresh: `${session}/r1`, kid: 'k1', expires: at + FAR }
    return this.call(at, 'login', '200', { user }, { user, account: `id of ${user}`, session, ...tokens, ...more })
  }

  /** A refresh with the token of this generation; when it goes well its tokens are those of the next. */
  refresh(at: number, session: string, generation: number, answer = '200', fields: CallFields = {}, more: Found = {}) {
    const next = generation + 1
    const tokens = { access: `${session}/a${next}`, refresh: `${session}/r${next}`, kid: 'k1', expires: at + FAR }
    const found = answer === '200' ? { session, ...tokens, ...more } : more
    return this.call(at, 'refresh', answer, { session, refresh: `${session}/r${generation}`, ...fields }, found)
  }

  /** A verification of `<session>/a<generation>`. */
  verify(at: number, session: string, generation: number, answer = '200', fields: CallFields = {}): this {
    const found = answer === '200' ? { session } : {}
    return this.call(at, 'verify', answer, { session, access: `${session}/a${generation}`, ...fields }, found)
  }

  logout(at: number, session: string, answer = '204', fields: CallFields = {}): this {
    return this.call(at, 'logout', answer, { session, ...fields })
  }

  /** A fault from `from` to `to`; it holds from 10 ms after until 10 ms before. Without `to` it is never healed. */
  fault(from: number, to: number | undefined, target: string, name = 'stopped'): this {
    this.#faults += 1
    const tell = (at: number, stage: FaultEvent['stage']) =>
      this.add(at, { type: 'fault', fault: String(this.#faults), name, target, stage })
    tell(from, 'strike')
    tell(from + SOON_MS, 'struck')
    if (to === undefined) return this
    tell(to - SOON_MS, 'heal')
    return tell(to, 'healed')
  }

  breaker(at: number, state: BreakerEvent['state'], dependency: BreakerEvent['dependency'] = 'postgres'): this {
    return this.add(at, { type: 'breaker', instance: 'auth-1', dependency, state })
  }

  /** Chunks that the proxy of `auth-1` saw at these times. */
  traffic(dependency: TrafficEvent['dependency'], kind: TrafficEvent['kind'], ...times: number[]): this {
    for (const at of times) this.add(at, { type: 'traffic', instance: 'auth-1', dependency, kind })
    return this
  }

  /** The log of `auth-1` is searched, and nothing is found. */
  searched(at: number, more: Partial<LogSearchEvent> = {}): this {
    const search = { instance: 'auth-1', secrets: 200, lines: 1000, bytes: 250_000, isWhole: true, found: [] }
    return this.add(at, { type: 'log_search', ...search, ...more })
  }

  process(at: number, stage: ProcessEvent['stage'], more: Partial<ProcessEvent> = {}): this {
    return this.add(at, { type: 'process', instance: 'auth-1', pid: 1, stage, ...more })
  }
}

function completionOf(answer: string): Pick<Completion, 'type' | 'status' | 'code' | 'error'> {
  const [word = '', code] = answer.split(' ')
  const status = Number(word)
  if (Number.isNaN(status)) return { type: 'info', error: word }
  const type = status < 300 ? 'ok' : status < 500 ? 'fail' : 'info'
  return { type, status, ...(code !== undefined && { code }) }
}

/** Asserts that a check judged so many things and found nothing wrong. */
export function isGood(t: Test, check: Check, past: Past, judged: number, what: string): void {
  const { judged: did, violations } = check.judge(past.events)
  t.strictSame({ judged: did, violations }, { judged, violations: [] }, what)
}

/** Asserts that a check found these violations and no others. */
export function isBad(t: Test, check: Check, past: Past, expected: readonly (string | RegExp)[], what: string): void {
  const { judged, violations } = check.judge(past.events)
  t.equal(violations.length, expected.length, `${what}: ${violations.join(' | ') || 'nothing found'}`)
  t.match(violations, expected, what)
  t.ok(judged > 0, `${what}: judged`)
}
