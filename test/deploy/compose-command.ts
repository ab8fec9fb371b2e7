import { run } from '../../chaos/lab/drivers/compose-run.ts'

const COMMANDS = [['docker', 'compose'], ['docker-compose']] as const

/** The words that run Compose here; `undefined` when there is none. */
export async function findCompose(): Promise<readonly string[] | undefined> {
  for (const command of COMMANDS) {
    if ((await run([...command, 'version'], { timeoutMs: 20_000 })).code === 0) return command
  }
  return undefined
}
