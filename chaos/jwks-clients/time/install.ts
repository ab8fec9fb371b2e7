import { Socket } from 'node:net'
import { now, wallNow } from './clock.ts'
import { SteppedTimer } from './stepped-timer.ts'

// Gives the whole process the clock of this folder: dates, timers, the time-outs of signals and sockets, for every library
// alike. The network stays as it is. Import it before whatever is to live by that clock.

const RealDate = Date

class SteppedDate extends RealDate {
  constructor(...args: [] | [number]) {
    if (args.length === 0) super(wallNow())
    else super(...args)
  }

  static override now(): number {
    return wallNow()
  }
}

type Action = (...args: unknown[]) => void

const clear = (timer: unknown): void => {
  if (timer instanceof SteppedTimer) timer.close()
}
Object.assign(globalThis, {
  Date: SteppedDate,
  setTimeout: (action: Action, ms?: number, ...args: unknown[]) => new SteppedTimer(() => action(...args), ms),
  setInterval: (action: Action, ms?: number, ...args: unknown[]) => new SteppedTimer(() => action(...args), ms, true),
  clearTimeout: clear,
  clearInterval: clear,
})
performance.now = now

AbortSignal.timeout = (ms) => {
  const controller = new AbortController()
  const late = () => controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'))
  new SteppedTimer(late, ms).unref()
  return controller.signal
}

const idle = new WeakMap<Socket, SteppedTimer>()

/** As in node:net: `timeout` is emitted when nothing was received or sent for so long. */
Socket.prototype.setTimeout = function setTimeout(this: Socket, ms: number, onTimeout?: () => void) {
  idle.get(this)?.close()
  idle.delete(this)
  Object.assign(this, { timeout: ms })
  if (onTimeout !== undefined && ms === 0) this.off('timeout', onTimeout)
  if (onTimeout !== undefined && ms > 0) this.once('timeout', onTimeout)
  if (ms === 0) return this
  const timer = new SteppedTimer(() => this.emit('timeout'), ms).unref()
  idle.set(this, timer)
  this.once('close', () => timer.close())
  return this
}

/** What Node calls when a socket receives or sends. */
Object.assign(Socket.prototype, {
  _unrefTimer(this: Socket) {
    idle.get(this)?.refresh()
  },
})
