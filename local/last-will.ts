import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'

// The pipe closes without a word when the process that holds its other end is gone.
const WAIT = 'read -r _ || exec env -u NODE_OPTIONS "$0" "$@"'

/**
 * Has Node run a script when this process is gone, however it went, `kill -9` included: a shell waits beside it for that.
 *
 * @returns what takes it back
 */
export function lastWill(script: string, ...args: string[]): () => void {
  const watch = spawn('/bin/sh', ['-c', WAIT, process.execPath, script, ...args], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // What is meant for our group (Ctrl-C, a kill of all of it) is not for the shell.
    detached: true,
  })
  watch.unref()
  const pipe = watch.stdin as Socket
  pipe.unref()
  pipe.on('error', () => {})
  return () => void pipe.end('done\n')
}
