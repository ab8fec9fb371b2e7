import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { nodeCommand } from '../../local/node-command.ts'
import type { LastAcceptances, Looks, Order, Report } from './orders.ts'

const PROGRAM = join(import.meta.dirname, 'witness.ts')

/** All clients in a process of their own, whose time runs as told. */
export interface Witness extends AsyncDisposable {
  load(order: Omit<Extract<Order, { do: 'load' }>, 'do'>): Promise<void>
  watch(order: Omit<Extract<Order, { do: 'watch' }>, 'do'>): Promise<Looks>
  watchWithdrawn(order: Omit<Extract<Order, { do: 'watchWithdrawn' }>, 'do'>): Promise<LastAcceptances>
}

export async function startWitness(): Promise<Witness> {
  const [file, args] = nodeCommand(PROGRAM)
  const child = spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const exited = once(child, 'exit')
  await once(child, 'spawn')
  async function obey<T>(order: Order): Promise<T> {
    const answered = once(child, 'message') as Promise<[Report]>
    child.send(order)
    const ended = exited.then((): never => {
      throw new Error('the witness ended')
    })
    const [{ seen, error }] = await Promise.race([answered, ended])
    if (error !== undefined) throw new Error(error)
    return seen as T
  }
  return {
    load: (order) => obey({ do: 'load', ...order }),
    watch: (order) => obey({ do: 'watch', ...order }),
    watchWithdrawn: (order) => obey({ do: 'watchWithdrawn', ...order }),
    async [Symbol.asyncDispose]() {
      child.disconnect()
      await exited
    },
  }
}
