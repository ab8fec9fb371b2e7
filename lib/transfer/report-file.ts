import type { FileHandle } from 'node:fs/promises'
import { open, rm, stat } from 'node:fs/promises'

/** A line that was not imported. */
export interface Refusal {
  readonly line: number
  readonly reason: string
}

/** Where refused lines are reported, a JSON object a line. It holds nothing of the lines but their numbers. */
export class ReportFile implements AsyncDisposable {
  readonly #path: string
  readonly #file: FileHandle
  #bytes: number

  private constructor(path: string, file: FileHandle, bytes: number) {
    this.#path = path
    this.#file = file
    this.#bytes = bytes
  }

  /**
   * @param bytes how much of an earlier run's report counts; null: there was none, and no file with something in it may be there
   * @throws Error `EEXIST` when there is one; when it can't be written
   */
  static async open(path: string, bytes: number | null): Promise<ReportFile> {
    const there = (await stat(path).catch(() => null))?.size ?? null
    const file = await open(path, there === null || (bytes === null && there > 0) ? 'wx' : 'r+', 0o600)
    // One that was moved away, or is given another name now, begins anew.
    const kept = bytes !== null && there !== null && there >= bytes ? bytes : 0
    await file.truncate(kept)
    return new ReportFile(path, file, kept)
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Resolves when the lines are on the disk. */
  async add(refusals: readonly Refusal[]): Promise<void> {
    if (refusals.length === 0) return
    const text = Buffer.from(refusals.map((refusal) => `${JSON.stringify(refusal)}\n`).join(''))
    await this.#file.write(text, 0, text.length, this.#bytes)
    await this.#file.datasync()
    this.#bytes += text.length
  }

  /** A report of nothing is removed. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close()
    if (this.#bytes === 0) await rm(this.#path, { force: true })
  }
}
