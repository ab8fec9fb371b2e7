import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AuthInstance } from '../lab/lab.ts'

/** A way in which the issuer is away. Resolves when it is, with what must end before it can be started again. */
export type Strike = (issuer: AuthInstance) => Promise<AsyncDisposable>

/** What really befalls the process of the server. */
export const OUTAGES: Readonly<Record<string, Strike>> = {
  'refuses connections': async (issuer) => {
    await issuer.kill()
    return { [Symbol.asyncDispose]: async () => {} }
  },
  'answers 503': async (issuer) => {
    await issuer.kill()
    return inItsPlace(issuer, (_request, response) => response.writeHead(503).end('down for maintenance'))
  },
  'never answers': async (issuer) => {
    process.kill(issuer.pid ?? 0, 'SIGSTOP')
    // Not thawed: it would have a crowd of connections before it that nobody waits at any more.
    return { [Symbol.asyncDispose]: () => issuer.kill() }
  },
}

/** What a load balancer does whose servers are gone. */
async function inItsPlace({ url }: AuthInstance, answer: RequestListener): Promise<AsyncDisposable> {
  const server = createServer(answer)
  server.listen(Number(new URL(url).port), '127.0.0.1')
  await once(server, 'listening')
  return {
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
