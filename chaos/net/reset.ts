import type { Socket } from 'node:net'

/**
 * Cuts a connection with a RST. One whose end is on its way is closed instead: libuv refuses to reset it, Node takes it for
 * closed, and the process would spin at its exit for ever.
 */
export function reset(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy()
  else socket.resetAndDestroy()
}
