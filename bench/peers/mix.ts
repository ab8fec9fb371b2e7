import type { Callers, NewCaller } from './peer.ts'

/** Of 221 requests of a usual day: sign in once, refresh every quarter of an hour, verify some ten times in between. */
const PARTS = { login: 1, refresh: 20, verify: 200 } as const
type Part = keyof typeof PARTS

/** The order of a round, each part spread evenly over it. */
export function spread(parts: Readonly<Record<Part, number>> = PARTS): Part[] {
  const places = (Object.keys(parts) as Part[]).flatMap((part) =>
    Array.from({ length: parts[part] }, (_, i) => ({ part, at: (i + 0.5) / parts[part] })),
  )
  return places.sort((a, b) => a.at - b.at).map(({ part }) => part)
}

/** A client that does all three, each client beginning elsewhere in the round. */
export function mixed({ login, refresh, verify }: Required<Pick<Callers, Part>>): NewCaller {
  const order = spread()
  let clients = 0
  return () => {
    const parts = { login: login(), refresh: refresh(), verify: verify() }
    let turn = clients++ * 37
    const current = () => parts[order[turn % order.length] as Part]
    return {
      next: () => current().next(),
      took(status, body) {
        current().took?.(status, body)
        turn += 1
      },
    }
  }
}
