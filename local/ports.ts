import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

// Below the range that systems hand out for outgoing connections: a server that was stopped finds its port still free.
const LOWEST = 20_000
const HIGHEST = 32_000

/** Whether nobody listens on this port of `host`. */
export function isPortFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false)
      else reject(error)
    })
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)))
  })
}

/** A free port of 127.0.0.1: `preferred` when it is free, else a random one. */
export async function freePort(preferred?: number): Promise<number> {
  if (preferred !== undefined && (await isPortFree(preferred))) return preferred
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST)
    if (await isPortFree(port)) return port
  }
}

/**
 * Starts something on a free port, again on another one when somebody else was quicker to take it (an error with the
 * code `EADDRINUSE`).
 */
export async function onFreePort<T>(start: (port: number) => Promise<T>, preferred?: number): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start(await freePort(attempt === 1 ? preferred : undefined))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || attempt === 5) throw error
    }
  }
}
