import { type Bound, startBounds } from '../bounds/bounds.ts'
import { load, perCoreSecond, type Turn } from '../load/throughput.ts'
import { bare } from '../peers/bare.ts'
import { betterAuthPeer } from '../peers/better-auth.ts'
import { MOST_CHAINS } from '../peers/chain.ts'
import { oidcProviderPeer } from '../peers/oidc-provider.ts'
import type { Operation } from '../peers/peer.ts'
import { plain } from '../peers/plain.ts'
import { prepare, tokenforge } from '../peers/tokenforge.ts'
import { type Contestant, startPeer } from './contestants.ts'
import type { Bench, Scenario } from './scenario.ts'

const CLIENTS = 16
/** One is hashed while the other is on its way: enough to keep one core hashing, and never refused. */
const LOGIN_CLIENTS = 2
/** Refreshes and the mix need sessions of their own in each round, that of the compiler included. */
const MOST_ROUNDS = MOST_CHAINS / (2 * CLIENTS) - 1
const TURN_MS = { full: 3000, quick: 1500 }
const FULL_PEERS = [plain, betterAuthPeer, oidcProviderPeer]
const BOUNDS: readonly Bound[] = ['RSA sign', 'RSA verify', 'bcrypt 10', 'bcrypt 12']
const OPERATIONS: readonly Operation[] = ['login', 'refresh', 'verify', 'forward-auth', 'me', 'jwks', 'mix']
const QUICK = /^(login 10|refresh|verify|jwks|bare|RSA sign|bcrypt 10) \|(?!.*(better-auth|oidc-provider))/

interface Entry {
  /** Of the figure: what is done, and by whom. */
  readonly name: string
  run(ms: number): Promise<Turn>
}

/** What one core serves in a second, of everything and by everybody, by turns. */
export const throughput: Scenario = {
  name: 'throughput',
  about: 'what one core serves in a second, beside the peers and the bounds',
  quick: true,
  async run(bench) {
    if (bench.rounds > MOST_ROUNDS) {
      throw new RangeError(`throughput has sessions for ${MOST_ROUNDS} rounds, not ${bench.rounds}`)
    }
    await using stack = new AsyncDisposableStack()
    const entries = (await enter(bench, stack)).filter(({ name }) => !bench.quick || QUICK.test(name))
    const ms = bench.quick ? TURN_MS.quick : TURN_MS.full
    // The first round is for the compiler.
    for (let round = 0; round <= bench.rounds; round += 1) {
      for (let turn = 0; turn < entries.length; turn += 1) {
        const { name, run } = entries[(turn + round) % entries.length] as Entry
        bench.say(`throughput, round ${round} of ${bench.rounds}: ${name}`)
        const done = await run(ms)
        if (done.failures > 0) bench.say(`${name}: ${done.failures} of ${done.failures + done.answers} not as wanted\n`)
        if (done.failures > done.answers) throw new Error(`${name}: what fails more often than not is no measurement`)
        if (round === 0) continue
        bench.figures.add(name, 'per core second', perCoreSecond(done))
        bench.figures.add(`${name} | wall`, 'per second', done.answers / done.wallS)
      }
    }
  },
}

async function enter(bench: Bench, stack: AsyncDisposableStack): Promise<Entry[]> {
  const { stores, quick } = bench
  const bounds = await startBounds()
  stack.defer(() => bounds.stop())
  const peers = [tokenforge, bare, ...(quick ? [plain] : FULL_PEERS)]
  const entries: Entry[] = BOUNDS.map((bound) => ({ name: `${bound} | alone`, run: (ms) => bounds.run(bound, ms) }))
  for (const peer of peers) {
    bench.say(`starting ${peer.name}`)
    const contestant = await startPeer(peer, stores, stack)
    for (const operation of ['bare' as const, ...OPERATIONS]) {
      const label = operation === 'login' && peer === tokenforge ? 'login 10' : operation
      entries.push(...entryOf(`${label} | ${peer.name}`, contestant, operation))
    }
  }
  if (quick) return entries
  bench.say('starting TokenForge with bcrypt 12')
  const slow = await startPeer(tokenforge, stores, stack, {
    ...{ name: 'tokenforge_12', bcryptCost: 12, prepare: (url: string) => prepare(url, 4, 4) },
  })
  return [...entries, ...entryOf(`login 12 | ${tokenforge.name}`, slow, 'login')]
}

function entryOf(name: string, { server, callers }: Contestant, operation: Operation): Entry[] {
  const newCaller = callers[operation]
  if (newCaller === undefined) return []
  const clients = operation === 'login' ? LOGIN_CLIENTS : CLIENTS
  return [{ name, run: (ms) => load(server, { newCaller, clients, ms }) }]
}
