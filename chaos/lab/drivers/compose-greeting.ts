import type { DependencyName } from '../lab.ts'
import type { Container } from './compose-containers.ts'
import { type Ran, run } from './compose-run.ts'

/** What each of them answers at once and without a login. */
const GREETINGS: Readonly<Record<DependencyName, { script: string; answered: (ran: Ran) => boolean }>> = {
  postgres: { script: 'pg_isready', answered: ({ code }) => code === 0 },
  redis: {
    script: 'if command -v redis-cli >/dev/null; then redis-cli ping; else valkey-cli ping; fi',
    answered: ({ stdout }) => /PONG|NOAUTH/.test(stdout),
  },
}
const NO_SUCH_PROGRAM = [126, 127]

/**
 * Whether a dependency answers, asked by its own client inside of its container: its port may be published nowhere. Where
 * it has no client, its health check is believed.
 */
export async function answers(kind: DependencyName, container: Container, patienceMs: number): Promise<boolean> {
  if (container.state !== 'running') return false
  const { script, answered } = GREETINGS[kind]
  const ran = await run(['docker', 'exec', container.id, 'sh', '-c', script], { timeoutMs: patienceMs })
  if (ran.code !== undefined && NO_SUCH_PROGRAM.includes(ran.code)) {
    return container.health === undefined || container.health === 'healthy'
  }
  return answered(ran)
}
