/** Whether a chunk of bytes that a client sends asks the server to do something: the rest is how they greet and part. */
export type IsCall = (chunk: Buffer) => boolean

/** By the first byte: 0 begins the start-up, `p` a password, `X` says good-bye (Postgres' message formats). */
const POSTGRES_CEREMONY = new Set([0, ...Buffer.from('pX')])
/** What a driver says when it connects and before it gives a connection up; the rest of the chunk may hold more of it. */
const REDIS_CEREMONY = /^\*\d+\r\n\$\d+\r\n(?:hello|auth|client|select|info|quit)\r\n/i
const LONGEST_CEREMONY = 40

/** A query of any kind: an idle connection that is closed, or a new one, is none. */
export const isPostgresCall: IsCall = (chunk) => !POSTGRES_CEREMONY.has(chunk[0] ?? 0)

/** A command that is not part of connecting. */
export const isRedisCall: IsCall = (chunk) => !REDIS_CEREMONY.test(chunk.toString('latin1', 0, LONGEST_CEREMONY))
