import autocannon from 'autocannon'
import type { ServerChild } from '../machine/child.ts'
import type { Caller, NewCaller } from '../peers/peer.ts'

/** What came of one turn. */
export interface Turn {
  /** Answered as they should be. */
  readonly answers: number
  readonly failures: number
  readonly wallS: number
  /** Of the server, all its threads. */
  readonly cpuS: number
}

/** How much of it one core does in a second, the core being busy with nothing else. */
export function perCoreSecond({ answers, cpuS }: Turn): number {
  return answers / cpuS
}

export interface LoadOptions {
  readonly newCaller: NewCaller
  /** Clients, each with one connection and one request at a time. */
  readonly clients: number
  readonly ms: number
  /** The status of an answer as it should be; any 2xx when it is left out. */
  readonly status?: number
}

/** Lets clients ask as fast as they are answered, and tells what it cost the server. */
export async function load(server: ServerChild, options: LoadOptions): Promise<Turn> {
  const { newCaller, clients, ms, status } = options
  let [answers, failures] = [0, 0]
  const isGood = (code: number) => (status === undefined ? code >= 200 && code < 300 : code === status)
  const [cpu, begin] = [server.cpuSeconds(), performance.now()]
  const result = await autocannon({
    url: server.url,
    connections: clients,
    duration: ms / 1000,
    // Its own check at intervals of a second would make turns longer than they are to be.
    sampleInt: Math.min(1000, ms),
    setupClient(client) {
      client.setRequests([requestOf(newCaller(), (code) => (isGood(code) ? answers++ : failures++))])
    },
  })
  const [cpuS, wallS] = [server.cpuSeconds() - cpu, (performance.now() - begin) / 1000]
  return { answers, failures: failures + result.errors, wallS, cpuS }
}

function requestOf(caller: Caller, count: (status: number) => void): autocannon.Request {
  return {
    setupRequest: (request) => ({ ...request, ...(caller.next() as autocannon.Request) }),
    onResponse(status, body) {
      count(status)
      caller.took?.(status, body)
    },
  }
}
