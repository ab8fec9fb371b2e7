import type { Target } from './clients.ts'

/** What the witness is told to do, one after another. */
export type Order =
  /** Make the clients, and let each accept the tokens while the issuer is up. */
  | { readonly do: 'load'; readonly target: Target; readonly tokens: readonly string[] }
  /** Ask all clients about the tokens again and again, and once more after a time in which nobody asks. */
  | { readonly do: 'watch'; readonly minutes: number; readonly quietMinutes: number }
  /** Ask all clients about the first token until none accepts it any more, at most for so long. */
  | { readonly do: 'watchWithdrawn'; readonly minutes: number }

/** One question about all tokens. */
export interface Look {
  /** Minutes since the watch began; whole or not. */
  readonly minute: number
  readonly accepted: number
  /** How long the slowest answer took. */
  readonly ms: number
}

/** By client, in order. */
export type Looks = Readonly<Record<string, readonly Look[]>>
/** By client, milliseconds until it accepted the token for the last time; Infinity, as null in JSON, when it still does. */
export type LastAcceptances = Readonly<Record<string, number | null>>

export type Report = { readonly seen?: Looks | LastAcceptances; readonly error?: string }
