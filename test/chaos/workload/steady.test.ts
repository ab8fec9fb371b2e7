import t from 'tap'
import { History } from '../../../chaos/history/history.ts'
import type { Result } from '../../../chaos/workload/client.ts'
import { seen, steady, steadyLoad } from '../../../chaos/workload/steady.ts'

type Outcome = Pick<Result<unknown>, 'type'> & Partial<Result<unknown>>

/** Gives these outcomes one after the other, the last one again and again. */
function script(...outcomes: Outcome[]) {
  let turn = 0
  const state = { asked: 0 }
  const ask = async (): Promise<Result<unknown>> => {
    state.asked += 1
    const outcome = outcomes[Math.min(turn++, outcomes.length - 1)] as Outcome
    return { op: turn, operation: 'login', instance: 'a', ms: 1, ...outcome }
  }
  return { ask, state }
}
const ok = { type: 'ok' } as const
const down = { type: 'info', status: 503, code: 'dependency_unavailable', dependency: 'redis' } as const

t.test('steady is so many successes in a row', async (t) => {
  const { ask, state } = script(ok, down, ok, ok, ok)
  const ms = await steady(ask, { withinMs: 5000, times: 3 })
  t.equal(state.asked, 5)
  t.ok(ms >= 90 && ms < 1000, `${ms} ms to the first of them`)
})

t.test('what does not get steady says why', async (t) => {
  const { ask } = script(down)
  await t.rejects(steady(ask, { withinMs: 120 }), /not steady within 120 ms: login 503 dependency_unavailable redis/)
})

t.test('a load is steady when each operation is', async (t) => {
  const history = new History({ scenario: 's' })
  const ended = (operation: 'login' | 'refresh', type: 'ok' | 'info', ms = 0) =>
    history.record({ type, op: 1, operation, instance: 'a', ms })
  const begun = history.now()
  const wait = steadyLoad(
    history,
    new Map([
      ['login', 2],
      ['refresh', 2],
    ]),
    { withinMs: 5000 },
  )
  ended('login', 'ok', history.now() - begun + 1000)
  ended('login', 'ok')
  ended('refresh', 'ok')
  ended('refresh', 'info')
  ended('refresh', 'ok')
  ended('refresh', 'ok')
  const early = await Promise.race([wait, new Promise((next) => setImmediate(next, 'not yet'))])
  t.equal(early, 'not yet', 'what was sent before does not count')
  ended('login', 'ok')
  t.type(await wait, 'number')
  await t.rejects(steadyLoad(history, new Map([['login', 1]]), { withinMs: 10 }), /not steady within 10 ms: login/)
})

t.test('an event is waited for, not longer than allowed', async (t) => {
  const history = new History({ scenario: 's' })
  const wait = seen(history, (event) => event.type === 'phase', 5000)
  history.record({ type: 'phase', phase: 'a' })
  t.match(await wait, { phase: 'a' })
  await t.rejects(
    seen(history, () => false, 10),
    /not seen within 10 ms/,
  )
})
