import type { Fault } from '../faults.ts'
import type { Dependency, DependencyName } from '../lab/lab.ts'

/** What a call holds that changes something for a client: a session in Redis, an account in Postgres. */
const CHANGES: Readonly<Record<DependencyName, string>> = {
  redis: 'tokenforge:sessions:',
  postgres: 'INSERT INTO users',
}

/**
 * The next answer to a call that changes something is lost, whoever made it: it was done, and nobody knows. Proved once
 * an answer was lost; it may end without that, when nobody called.
 */
export function lostReply({ name: target, network }: Dependency): Fault {
  let isArmed = false
  let isLost = false
  return {
    name: 'lost reply',
    target,
    async strike() {
      isArmed = true
      isLost = false
      void network
        .loseReplyTo((request) => isArmed && request.includes(CHANGES[target]))
        .then(() => {
          isLost = true
        })
    },
    proof: async () => isLost,
    async heal() {
      isArmed = false
    },
  }
}
