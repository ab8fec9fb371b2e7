import type { Terminal } from './command.ts'

const REDRAW_MS = 200
/** Where nothing can be drawn over: a log. */
const LINE_MS = 5000

/** Tells on standard error how far something has come: on one line of a terminal, else on a new one now and then. */
export class Progress {
  readonly #out: Pick<Terminal['err'], 'isTTY' | 'write'>
  readonly #monotonic: () => number
  readonly #begin: number
  #told: number
  #width = 0

  /** @param monotonic milliseconds */
  constructor({ err }: { err: Pick<Terminal['err'], 'isTTY' | 'write'> }, monotonic = () => performance.now()) {
    this.#out = err
    this.#monotonic = monotonic
    this.#begin = monotonic()
    this.#told = this.#begin
  }

  /**
   * @param done of `total`, in this run; undefined where the end is not known
   * @param count how many were done in this run, for the rate
   */
  tell(what: string, count: number, done?: number, total?: number): void {
    const now = this.#monotonic()
    if (now - this.#told < (this.#out.isTTY ? REDRAW_MS : LINE_MS)) return
    this.#told = now
    const seconds = (now - this.#begin) / 1000
    const rest = done && total ? `, ${Math.ceil((seconds * (total - done)) / done)} s to go` : ''
    this.#write(`${what}, ${Math.round(count / seconds)}/s${rest}`)
  }

  /** Leaves the line for what comes next. */
  end(): void {
    if (this.#width > 0) this.#out.write(`\r${' '.repeat(this.#width)}\r`)
  }

  #write(line: string): void {
    if (!this.#out.isTTY) this.#out.write(`${line}\n`)
    else {
      this.#out.write(`\r${line.padEnd(this.#width)}`)
      this.#width = Math.max(this.#width, line.length)
    }
  }
}
