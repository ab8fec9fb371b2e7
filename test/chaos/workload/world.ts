import type { Test } from 'tap'
import { History } from '../../../chaos/history/history.ts'
import { Client, type Router } from '../../../chaos/workload/client.ts'
import { Population } from '../../../chaos/workload/population.ts'
import type { Target } from '../../../chaos/workload/wire.ts'
import { ADMIN_KEY } from '../../fixtures/app.ts'

interface Options {
  readonly timeoutMs?: number
  readonly connections?: number
}

/** A history, a client of `to` and a population, for one test. */
export function startClients(t: Test, to: Target | Router, options: Options = {}) {
  const history = new History({ scenario: t.name })
  const client = new Client({ history, to, adminKey: ADMIN_KEY, ...options })
  t.teardown(() => client[Symbol.asyncDispose]())
  const population = new Population(() => history.now())
  return { history, client, population }
}
