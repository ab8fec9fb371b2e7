import type { Writable } from 'node:stream'

/** What may wait for a slow reader of the log, in bytes. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024
/** pino's number for a warning. */
const WARN = 40

/**
 * Where the log lines go: standard output, without ever waiting for who reads it. A reader that stops makes up to 4 MiB of
 * lines wait; what comes then is lost, counted, and told once there is room again, as is what a full disk does not take. A
 * reader that has gone loses all of them. The lines of one turn of the event loop are written together.
 */
export class LogOutput {
  readonly #stream: Writable
  readonly #maxWaiting: number
  #dropped = 0
  #untold = 0
  #isGone = false
  #isHeld = false

  constructor(stream: Writable, maxWaitingBytes = MAX_WAITING_BYTES) {
    this.#stream = stream
    this.#maxWaiting = maxWaitingBytes
    stream.on('error', ({ code }: NodeJS.ErrnoException) => {
      if (code === 'EPIPE') this.#isGone = true
    })
    // Whoever ends the process waits for no turn of the event loop.
    process.on('exit', () => this.#letGo())
  }

  /** How many lines were lost since the start. */
  get dropped(): number {
    return this.#dropped
  }

  /** @param line with its line feed */
  write(line: string): void {
    if (this.#isGone || this.#stream.writableLength > this.#maxWaiting) {
      this.#lose()
      return
    }
    this.#hold()
    this.#tellLoss()
    this.#stream.write(line, (error) => {
      if (error != null) this.#lose()
    })
  }

  #lose(): void {
    this.#dropped += 1
    this.#untold += 1
  }

  #tellLoss(): void {
    const lost = this.#untold
    if (lost === 0) return
    this.#untold = 0
    this.#stream.write(lossLine(lost), (error) => {
      if (error != null) this.#untold += lost
    })
  }

  #hold(): void {
    if (this.#isHeld) return
    this.#isHeld = true
    this.#stream.cork()
    setImmediate(() => this.#letGo())
  }

  #letGo(): void {
    if (!this.#isHeld) return
    this.#isHeld = false
    this.#stream.uncork()
  }
}

function lossLine(lost: number): string {
  const msg = `${lost} log lines were lost: whoever takes the log was too slow, or had no room`
  return `${JSON.stringify({ level: WARN, time: Date.now(), msg, log_lines_lost: lost })}\n`
}
