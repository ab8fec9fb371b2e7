/** A network that can be made to fail. Every change holds for open and for new connections alike. */
export interface FaultyNetwork {
  /** Heals: everything goes through. A connection that has lost bytes stays dead until its client gives it up. */
  pass(): void
  /** Resets new connections as soon as they are accepted; open ones go on. */
  refuse(): void
  /** Resets a connection when its client sends something: calls get out, no answer ever comes back. */
  resetOnCall(): void
  /** Accepts and swallows, both ways; connections stay open and nothing is ever answered. */
  blackHole(): void
  /** Lets everything through, this much later in each direction (milliseconds); 0 ends it. */
  delay(ms: number): void
  /** Resets every open connection, once. */
  resetAll(): void
  /**
   * Lets the first request that `isIt` accepts through, swallows its answer and closes that connection: the server has
   * done it, the client can't know. Resolves when that has happened.
   */
  loseReplyTo(isIt: (request: Buffer) => boolean): Promise<void>
}

/** What is done to connections and bytes from now on. */
export interface Treatment {
  readonly does: 'pass' | 'refuse' | 'reset' | 'swallow'
  /** Milliseconds, in each direction. */
  readonly delayMs: number
}

export const PASS: Treatment = { does: 'pass', delayMs: 0 }

/** The verbs of a network that come down to another treatment. */
export function verbs(treat: (treatment: Treatment) => void) {
  return {
    pass: () => treat(PASS),
    refuse: () => treat({ does: 'refuse', delayMs: 0 }),
    resetOnCall: () => treat({ does: 'reset', delayMs: 0 }),
    blackHole: () => treat({ does: 'swallow', delayMs: 0 }),
    delay: (delayMs: number) => treat({ does: 'pass', delayMs }),
  }
}
