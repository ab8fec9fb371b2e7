/** What the body of an error must not tell, by what to call it. */
const LEAKS: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['an address', /\b\d{1,3}(?:\.\d{1,3}){3}\b|(?<![\w:])(?:[\da-f]{0,4}:){2,7}[\da-f]{1,4}(?![\w:])|\blocalhost:\d+/i],
  ['a stack', /(?:^|\\n|\n)\s*at .+(?::\d+|\(<?[\w:./]+)|node:internal|node_modules/],
  ['a file', /(?:file:\/\/|\/)(?:[\w.@-]+\/)*[\w.@-]+\.(?:ts|js|mjs|cjs|lua|sql|json)\b/],
  ['a socket error', /\bE(?:CONN\w+|TIMEDOUT|PIPE|HOST\w+|NET\w+|ADDR\w+|AI_\w+|NOTFOUND)\b|socket hang up/],
  [
    'SQL',
    /\b(?:SELECT|INSERT|UPDATE|DELETE|FROM|WHERE|RETURNING)\b|\b(?:relation|column|constraint) \\?"|duplicate key/,
  ],
  ['a driver', /\b(?:pg|pg-pool|ioredis|cockatiel|undici|bcrypt|libpq|lua)\b|ReplyError|MaxRetries|TaskCancelled/i],
  ['Redis', /\b(?:NOSCRIPT|EVALSHA|WRONGTYPE|READONLY|LOADING|CLUSTERDOWN|MISCONF|OOM command)\b/],
]

/**
 * Finds what the text of an error tells that a client must not see.
 *
 * @returns what it is and the words, or undefined for a clean text
 */
export function findLeak(text: string): string | undefined {
  for (const [what, pattern] of LEAKS) {
    const [found] = pattern.exec(text) ?? []
    if (found !== undefined) return `${what}: ${found.trim().slice(0, 80)}`
  }
  return undefined
}

/** Finds a private member (RFC 7518 section 6) in a published key set. */
export function findPrivateKey(keys: unknown): string | undefined {
  if (!Array.isArray(keys)) return undefined
  const secret = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'].find((member) =>
    keys.some((key) => member in Object(key)),
  )
  return secret === undefined ? undefined : `a private key: member ${secret}`
}
