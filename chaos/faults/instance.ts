import { signal } from '../../local/processes.ts'
import { isLive, untilIt } from '../lab/health.ts'
import type { AuthInstance } from '../lab/lab.ts'
import { listenerOn } from '../lab/listener.ts'
import { greet } from '../lab/past-the-app.ts'
import type { Fault } from './fault.ts'

/** An auth server is killed, as by a crash; healed it runs again, on the same port. */
export function instanceKilled(instance: AuthInstance): Fault {
  return {
    name: 'killed',
    target: instance.name,
    strike: () => instance.kill(),
    proof: async () => !(await isLive(instance.url)),
    heal: () => instance.start(),
  }
}

const SILENCE_MS = 300

/**
 * The same done by somebody who knows nothing of the lab: SIGKILL to whoever listens on the port. That it is down is proved
 * by a connection that is refused.
 *
 * @param say told whom it hit, or why that is the process that the lab knows
 */
export function portKilled(instance: AuthInstance, say: (text: string) => void): Fault {
  const { name, url } = instance
  const port = Number(new URL(url).port)
  return {
    name: 'killed by its port',
    target: name,
    async strike() {
      const found = await listenerOn(port)
      const pid = found ?? instance.pid
      if (pid === undefined) throw new Error(`nobody listens on port ${port}`)
      say(found === undefined ? `port ${port}: its listener can't be found here, pid ${pid} by record` : `pid ${pid}`)
      const end = instance.expectEnd?.()
      signal(pid, 'SIGKILL')
      await end
    },
    proof: async () => (await greet(url, SILENCE_MS)).outcome === 'refused',
    heal: () => instance.start(),
  }
}

const THAWED_MS = 5000
const JWKS = '/.well-known/jwks.json'

/**
 * An auth server is frozen (SIGSTOP): connections are taken, and nothing answers. It is healed when it goes on.
 * Not on Windows, which can't.
 */
export function instanceFrozen(instance: AuthInstance): Fault {
  const tell = (name: 'SIGSTOP' | 'SIGCONT') => instance.pid !== undefined && signal(instance.pid, name)
  return {
    name: 'frozen',
    target: instance.name,
    async strike() {
      tell('SIGSTOP')
    },
    proof: async () => !(await isLive(instance.url)),
    async heal() {
      tell('SIGCONT')
      const ended = () => (instance.pid === undefined ? 'see its log' : undefined)
      await untilIt(() => isLive(instance.url, JWKS), { timeoutMs: THAWED_MS, ended })
    },
  }
}
