import type { Fault } from '../faults.ts'
import type { Dependency } from '../lab/lab.ts'
import type { FaultyNetwork } from '../net/faulty-network.ts'

/** What can happen on the link of one instance, by its name. */
const VERBS: Readonly<Record<string, (link: FaultyNetwork, ms: number) => void>> = {
  'black-holed': (link) => link.blackHole(),
  refused(link) {
    link.refuse()
    link.resetAll()
  },
  'reset on every call': (link) => link.resetOnCall(),
  latency: (link, ms) => link.delay(ms / 2),
}

/**
 * The network fails for one instance alone, on its way to these dependencies; the others see nothing of it. The links
 * are in this process and fail at once. They are not looked through for a proof: it would count as the instance's own
 * traffic.
 *
 * @param ms of a latency
 */
export function onLink(dependencies: readonly Dependency[], instance: string, kind: string, ms = 0): Fault {
  const links = dependencies.map(({ name, network }) => {
    const link = network.links.get(instance)
    if (link === undefined) throw new Error(`${instance} has no link to ${name}`)
    return link
  })
  const verb = VERBS[kind]
  if (verb === undefined) throw new Error(`${kind} is nothing that happens to a link`)
  const [only, ...more] = dependencies
  return {
    name: `${kind === 'latency' ? `${ms} ms latency` : kind} for ${instance}`,
    target: more.length > 0 ? 'both' : (only?.name ?? 'nothing'),
    strike: async () => {
      for (const link of links) verb(link, ms)
    },
    proof: async () => true,
    heal: async () => {
      for (const link of links) link.pass()
    },
  }
}
