// First of all, or the clients would live by the clock outside.
import './time/install.ts'

import { CLIENTS, type Verify } from './clients.ts'
import type { LastAcceptances, Look, Looks, Order } from './orders.ts'
import { advanceTo, now } from './time/clock.ts'

// The process in which all clients are, side by side. It asks them about tokens when told to. Between two questions time goes
// in steps, as fast as this machine can; while somebody waits for an answer it goes on as outside, for a moment.

const MINUTE_MS = 60_000
const LOOKS_A_MINUTE = 6
/** Who waits for longer than this waits in steps. */
const BRIEFLY_MS = 100
/** The same when the answer may come from the network. */
const PATIENTLY_MS = 2000
/** For so long the withdrawn token is looked at without steps. */
const CLOSELY_MS = 3000
const CLOSE_STEP_MS = 20
const STEP_MS = 5000

type Client = readonly [name: string, verify: Verify]

let clients: Client[] = []
let tokens: readonly string[] = []

async function load({ target, tokens: given }: Extract<Order, { do: 'load' }>): Promise<void> {
  tokens = given
  clients = Object.entries(CLIENTS).map(([name, make]) => [name, make(target)])
  for (const [name, verify] of clients) {
    const { accepted } = await ask(verify, tokens)
    if (accepted !== tokens.length)
      throw new Error(`${name} accepts ${accepted} of ${tokens.length}, the issuer being up`)
  }
}

async function watch({ minutes, quietMinutes }: Extract<Order, { do: 'watch' }>): Promise<Looks> {
  const seen: Record<string, Look[]> = Object.fromEntries(clients.map(([name]) => [name, []]))
  const waiting = new Set<string>()
  const begin = now()
  async function askOne([name, verify]: Client, minute: number): Promise<void> {
    if (waiting.has(name)) return
    waiting.add(name)
    seen[name]?.push({ minute, ...(await ask(verify, tokens)) })
    waiting.delete(name)
  }
  const busy = Array.from({ length: minutes * LOOKS_A_MINUTE }, (_, i) => (i + 1) / LOOKS_A_MINUTE)
  for (const minute of [...busy, minutes + quietMinutes]) {
    await advanceTo(begin + minute * MINUTE_MS)
    await Promise.race([Promise.all(clients.map((client) => askOne(client, minute))), pause(BRIEFLY_MS)])
  }
  while (waiting.size > 0) await advanceTo(now() + MINUTE_MS)
  return seen
}

async function watchWithdrawn({ minutes }: Extract<Order, { do: 'watchWithdrawn' }>): Promise<LastAcceptances> {
  const last: Record<string, number> = {}
  const begin = now()
  const askOne = async ([name, verify]: Client) => {
    const { accepted } = await ask(verify, tokens.slice(0, 1))
    if (accepted > 0) last[name] = now() - begin
  }
  const askAll = () => Promise.all(clients.map(askOne))
  while (now() - begin < CLOSELY_MS) {
    await Promise.race([askAll(), pause(PATIENTLY_MS)])
    await pause(CLOSE_STEP_MS)
  }
  const end = begin + minutes * MINUTE_MS
  while (now() < end) {
    await Promise.race([askAll(), pause(PATIENTLY_MS)])
    await advanceTo(now() + STEP_MS)
  }
  const isLast = (ms: number) => ms < end - begin - STEP_MS
  return Object.fromEntries(clients.map(([name]) => [name, isLast(last[name] ?? 0) ? (last[name] ?? 0) : null]))
}

/** How many of the tokens are accepted. */
async function ask(verify: Verify, about: readonly string[]): Promise<Omit<Look, 'minute'>> {
  const begin = now()
  const verdicts = await Promise.allSettled(about.map(async (token) => verify(token)))
  return { accepted: verdicts.filter(({ status }) => status === 'fulfilled').length, ms: now() - begin }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

process.on('message', async (order: Order) => {
  const act = { load, watch, watchWithdrawn }[order.do] as (order: Order) => Promise<unknown>
  const report = await act(order).then(
    (seen) => ({ seen }),
    (error: Error) => ({ error: String(error.stack) }),
  )
  process.send?.(report)
})
process.on('disconnect', () => process.exit())
