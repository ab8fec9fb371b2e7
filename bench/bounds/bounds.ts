import { once } from 'node:events'
import { join } from 'node:path'
import type { Turn } from '../load/throughput.ts'
import { type Child, startChild } from '../machine/child.ts'
import { SERVER_CORE } from '../machine/cores.ts'

export type Bound = 'RSA sign' | 'RSA verify' | 'bcrypt 10' | 'bcrypt 12'

/** The cryptography alone, on the core of the server. */
export interface Bounds {
  run(bound: Bound, ms: number): Promise<Turn>
  stop: Child['stop']
}

export async function startBounds(): Promise<Bounds> {
  const child = await startChild({ core: SERVER_CORE, args: [join(import.meta.dirname, 'program.ts')], ipc: true })
  await once(child.process, 'message')
  return {
    async run(name, ms) {
      child.process.send({ name, ms })
      return (await once(child.process, 'message'))[0]
    },
    stop: child.stop,
  }
}
