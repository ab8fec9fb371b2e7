import { Agent, type IncomingMessage, request } from 'node:http'
import { json } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'

/** What one client has seen. `cut`: a request that went out on an open connection and got no whole answer. */
export interface Tally {
  readonly statuses: Record<number, number>
  readonly cut: string[]
  /** True once nobody listens any more: the client goes elsewhere. */
  gone: boolean
}

export type Send = (
  method: string,
  path: string,
  options?: { token?: string; body?: object },
) => Promise<{ status: number; body: unknown }>

/**
 * A client with one keep-alive connection, as a proxy or a service has it: repeats `turn` with a pause of up to `pauseMs`
 * until nobody listens any more.
 */
export async function keepAliveClient(
  base: string,
  pauseMs: number,
  turn: (send: Send) => Promise<unknown>,
): Promise<Tally> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const tally: Tally = { statuses: {}, cut: [], gone: false }

  const send: Send = (method, path, { token, body } = {}) =>
    new Promise((resolve, reject) => {
      const headers = {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      }
      const outgoing = request(base + path, { agent, method, headers })
      const fail = (error: NodeJS.ErrnoException) => {
        // Refused, or reset before it was ever used: nobody took the request, the client goes elsewhere.
        if (error.code === 'ECONNREFUSED' || !outgoing.reusedSocket) tally.gone = true
        else tally.cut.push(`${method} ${path}: ${error.code ?? error.message}`)
        reject(error)
      }
      outgoing.on('error', fail)
      outgoing.on('response', (answer: IncomingMessage) => {
        const status = answer.statusCode ?? 0
        json(answer).then((content) => {
          tally.statuses[status] = (tally.statuses[status] ?? 0) + 1
          resolve({ status, body: content })
        }, fail)
      })
      outgoing.end(body === undefined ? undefined : JSON.stringify(body))
    })

  while (!tally.gone) {
    await turn(send).catch(() => {})
    await sleep(Math.random() * pauseMs)
  }
  agent.destroy()
  return tally
}
