/** In a script a command that the user may not run, or a key that it may not touch, has no word of its own. */
const FORBIDDEN = /\bThe user executing the script can't\b/
const KEY_REFUSED = /\b(?:can't access at least one of the keys|permissions to access (?:a key|one of the keys))/
const NO_RIGHT = 'NOPERM: its user may not'
/** Replies of a Redis that answers but can't do its work (LATE is ours: see lib/store/lua/prelude.lua). */
const TROUBLE =
  /\b(READONLY|LOADING|CLUSTERDOWN|MASTERDOWN|OOM|MISCONF|NOREPLICAS|TRYAGAIN|BUSY|NOAUTH|WRONGPASS|NOPERM|UNKILLABLE|LATE)\b/

/** True for everything but a reply that says the command itself was wrong. */
export function isRedisFailure(error: unknown): boolean {
  if (!isReply(error)) return true
  return TROUBLE.test(error.message) || FORBIDDEN.test(error.message)
}

/**
 * What a Redis that answers says is wrong, in words for a log: its own word (`OOM`), and of a right that its user lacks which
 * one that is. Undefined when the error says nothing of the kind.
 *
 * @param lua the script that it answers to, from whose line Redis names no command
 */
export function redisReason(error: unknown, lua = ''): string | undefined {
  const message = error instanceof Error ? error.message : ''
  const [, command] = /\brun the '([^']+)' command/.exec(message) ?? []
  if (command !== undefined) return lacks(`run ${command}`)
  if (KEY_REFUSED.test(message)) return lacks('access a key that it needs')
  if (FORBIDDEN.test(message)) return lacks(`run ${commandsAt(message, lua)}`)
  return TROUBLE.exec(message)?.[1]
}

/** Whether a reason is a right that the user of the server lacks: that does not heal by itself. */
export function isMissingRight(reason: string): boolean {
  return reason.startsWith(NO_RIGHT)
}

function lacks(what: string): string {
  return `${NO_RIGHT} ${what}`
}

/** The commands in the line of a script in which it was ended. */
function commandsAt(message: string, lua: string): string {
  const number = Number(/@user_script:(\d+)/.exec(message)?.[1])
  const line = lua.split('\n')[number - 1] ?? ''
  const names = [...line.matchAll(/'([A-Z]{2,})'/g)].map(([, name = '']) => name.toLowerCase())
  return names.join(' or ') || 'a command of a script'
}

/** True when Redis does not let a connection into the database that it asked for. */
export function isSelectRefused(error: unknown): boolean {
  return isReply(error) && /\brun the 'select' command|\bDB index\b/.test(error.message)
}

/** True when the connection was lost under a call that may succeed on the next one. */
export function isLostRedisConnection(error: unknown): boolean {
  return error instanceof Error && /^(Connection is closed|read ECONNRESET|write EPIPE)/.test(error.message)
}

function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError'
}
