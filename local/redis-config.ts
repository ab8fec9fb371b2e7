/** The lines of a `redis.conf`; Valkey reads the same. */
export function redisConfig(options: {
  bind: string
  port: number
  password: string
  persistent: boolean
  settings?: string[] | undefined
}): string {
  const lines = [
    `bind ${options.bind}`,
    `port ${options.port}`,
    // In a file that only we can read, not among the arguments, which every user of the machine can list.
    `requirepass ${options.password}`,
    // No "dir": the process already works in its folder, and a path may hold characters that this file would misread.
    'save ""',
    `appendonly ${options.persistent ? 'yes' : 'no'}`,
    'maxmemory-policy noeviction',
    // A session's field is longer than the 64 bytes up to which a small hash is packed: packed it takes a third less. This is
    // the name that every Redis and Valkey knows.
    'hash-max-ziplist-value 256',
    ...(options.settings ?? []),
  ]
  return `${lines.join('\n')}\n`
}
