/** Replies of a Redis that answers but can't do its work (LATE is ours: see lib/store/lua/prelude.lua). */
/** In a script a command that the user may not run, or a key that it may not touch, has no word of its own. */
const FORBIDDEN = /\bThe user executing the script can't\b/
const TROUBLE =
  /\b(READONLY|LOADING|CLUSTERDOWN|MASTERDOWN|OOM|MISCONF|NOREPLICAS|TRYAGAIN|BUSY|NOAUTH|WRONGPASS|NOPERM|UNKILLABLE|LATE)\b/

/** True for everything but a reply that says the command itself was wrong. */
export function isRedisFailure(error: unknown): boolean {
  if (!isReply(error)) return true
  return TROUBLE.test(error.message) || FORBIDDEN.test(error.message)
}

/** True when the connection was lost under a call that may succeed on the next one. */
export function isLostRedisConnection(error: unknown): boolean {
  return error instanceof Error && /^(Connection is closed|read ECONNRESET|write EPIPE)/.test(error.message)
}

function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError'
}
