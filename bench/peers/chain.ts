import type { Caller, HttpRequest, NewCaller } from './peer.ts'

/**
 * How many sessions a peer needs: what a turn's end cuts off has lost its answer, and whoever would go on from there later, past
 * every grace, is a thief to the server. So each client of each turn of a whole run has a session of its own: 16 clients, a
 * turn of refreshes and one of the mix in each of four rounds.
 */
export const MOST_CHAINS = 128

/**
 * A client that exchanges a refresh token for the next one again and again, always its own current one.
 *
 * @param first the refresh tokens of sessions that nobody else uses, one for each client
 * @param tokenOf what an answer says the next one is
 */
export function chains(
  first: readonly string[],
  request: (token: string) => HttpRequest,
  tokenOf: (body: string) => string | undefined,
): NewCaller {
  const tokens = [...first]
  let clients = 0
  return (): Caller => {
    const mine = clients++ % tokens.length
    return {
      next: () => request(tokens[mine] as string),
      took(_status, body) {
        tokens[mine] = tokenOf(body) ?? (tokens[mine] as string)
      },
    }
  }
}

const REFRESH_TOKEN = /"refresh_token":"([^"]+)"/

/** The member `refresh_token` of an answer (RFC 6749 section 5.1). */
export function refreshTokenIn(body: string): string | undefined {
  return REFRESH_TOKEN.exec(body)?.[1]
}
