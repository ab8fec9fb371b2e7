import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { BreakerEvent } from '../../chaos/history/events.ts'
import { readGuardStates, watchBreakers } from '../../chaos/lab/drivers/compose-breakers.ts'
import { httpServer } from './http-server.ts'

/** Metrics of guards in these states, as prom-client writes them. */
function metrics(states: Record<string, string>): string {
  const lines = Object.entries(states).flatMap(([dependency, state]) =>
    ['connecting', 'closed', 'open', 'half_open'].map(
      (one) => `tokenforge_guard_state{dependency="${dependency}",state="${one}"} ${Number(one === state)}`,
    ),
  )
  return ['# HELP tokenforge_guard_state 1 for the state', ...lines, 'tokenforge_other 1', ''].join('\n')
}

t.test('the states of the guards that count', async (t) => {
  const text = metrics({ postgres: 'open', redis: 'half_open', 'signing-keys': 'closed' })
  t.same(readGuardStates(text), [
    { dependency: 'postgres', state: 'open' },
    { dependency: 'redis', state: 'half_open' },
  ])
  t.same(readGuardStates(''), [])
})

t.test('each change is told once, over a time without answers', async (t) => {
  let states: Record<string, string> | undefined = { postgres: 'closed', redis: 'closed' }
  const url = await httpServer(t, (_request, reply) => {
    if (states === undefined) reply.destroy()
    else reply.end(metrics(states))
  })
  const seen: BreakerEvent[] = []
  const watch = watchBreakers({ url, instance: 'deployment', onEvent: (event) => seen.push(event) })
  const told = async (count: number) => {
    while (seen.length < count) await sleep(10)
  }
  await told(2)
  states = undefined
  await sleep(300)
  states = { postgres: 'open', redis: 'closed' }
  await told(3)
  await watch[Symbol.asyncDispose]()
  t.same(
    seen.map(({ type, instance, dependency, state }) => [type, instance, dependency, state]),
    [
      ['breaker', 'deployment', 'postgres', 'closed'],
      ['breaker', 'deployment', 'redis', 'closed'],
      ['breaker', 'deployment', 'postgres', 'open'],
    ],
  )
})
