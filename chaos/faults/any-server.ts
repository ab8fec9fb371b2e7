import type { Dependency, DependencyServer } from '../lab/lab.ts'
import { type Greeting, greet } from '../lab/past-the-app.ts'
import type { Fault } from './fault.ts'

/** A server that is well answers a greeting in about a millisecond. */
const SILENCE_MS = 300
/** A timer may be early by part of a millisecond. */
const TIMER_TOLERANCE = 0.95

/** Ended in good order: connections are closed, new ones refused. */
export function stopped(dependency: Dependency): Fault {
  return gone(dependency, 'stopped', () => dependency.server.stop())
}

/** Ended as by a crash. */
export function killed(dependency: Dependency): Fault {
  return gone(dependency, 'killed', () => dependency.server.kill())
}

function gone({ name: target, server }: Dependency, name: string, strike: () => Promise<void>): Fault {
  const proof = async () => (await greeting(server)).outcome === 'refused'
  return { name, target, strike, proof, heal: () => server.start() }
}

function greeting(server: DependencyServer): Promise<Greeting> {
  return server.greet === undefined ? greet(server.url, SILENCE_MS) : server.greet(SILENCE_MS)
}

/** Connections stay open, new ones are accepted, and nothing answers: what really hangs a server. */
export function frozen({ name: target, server }: Dependency): Fault {
  return {
    name: 'frozen',
    target,
    strike: () => server.freeze(),
    proof: async () => (await greeting(server)).outcome === 'silent',
    heal: () => server.thaw(),
  }
}

/** The network takes everything and gives nothing back. */
export function blackHoled(dependency: Dependency): Fault {
  const holds = ({ outcome }: Greeting) => outcome === 'silent'
  return ofNetwork(dependency, 'black-holed', () => dependency.network.blackHole(), holds)
}

/** Open connections are cut and new ones get nowhere. */
export function refused(dependency: Dependency): Fault {
  const { network } = dependency
  const strike = () => {
    network.refuse()
    network.resetAll()
  }
  return ofNetwork(dependency, 'refused', strike, ({ outcome }) => outcome === 'reset')
}

/** Calls get out, and their connection is reset before an answer comes. */
export function resetOnEveryCall(dependency: Dependency): Fault {
  const holds = ({ outcome }: Greeting) => outcome === 'reset'
  return ofNetwork(dependency, 'reset on every call', () => dependency.network.resetOnCall(), holds)
}

/** A slow network: each call takes `ms` longer, half of it there and half of it back. */
export function latency(dependency: Dependency, ms: number): Fault {
  const name = ms < 1000 ? `${ms} ms latency` : `${ms / 1000} s latency`
  const holds = (greeting: Greeting) => greeting.outcome === 'answered' && greeting.ms >= TIMER_TOLERANCE * ms
  const fault = ofNetwork(dependency, name, () => dependency.network.delay(ms / 2), holds, ms + 1000)
  // One slow answer may be the machine's. One that is quick can't be the network's.
  return { ...fault, proof: async () => (await fault.proof()) && (await fault.proof()) && (await fault.proof()) }
}

function ofNetwork(
  { name: target, network }: Dependency,
  name: string,
  strike: () => void,
  holds: (greeting: Greeting) => boolean,
  patienceMs = SILENCE_MS,
): Fault {
  return {
    name,
    target,
    strike: async () => strike(),
    proof: async () => holds(await network.through((url) => greet(url, patienceMs))),
    heal: async () => network.pass(),
  }
}
