import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LogSearchEvent } from '../history/events.ts'
import type { Lab } from '../lab/lab.ts'
import { GrowingFile } from './growing-file.ts'
import { KnownSecrets } from './known-secrets.ts'

/** Of each log; one is enough to know what is wrong. */
const MOST_FOUND = 5
const ANSWER_MS = 2_000
/** Within what time a log has the line of a request that was answered. */
const WRITTEN_MS = 10_000
const LOOK_PAUSE_MS = 20

/**
 * Searches the logs of all servers of a lab for secrets: each line once, over all restarts of a server. A search goes as
 * far as a request that is sent for it; the next one goes on from there.
 */
export class LogSearch {
  readonly secrets: KnownSecrets
  readonly #lab: Pick<Lab, 'instances' | 'logFiles'>
  readonly #writtenMs: number
  readonly #logs = new Map<string, Log>()

  constructor(lab: Pick<Lab, 'instances' | 'logFiles' | 'secrets'>, writtenMs = WRITTEN_MS) {
    this.#lab = lab
    this.#writtenMs = writtenMs
    this.secrets = new KnownSecrets(lab.secrets)
  }

  /** One for each log, for the history. */
  async search(): Promise<LogSearchEvent[]> {
    const found = []
    for (const [instance, file] of this.#lab.logFiles) {
      const log = this.#logs.get(instance) ?? new Log(instance, new GrowingFile(file))
      this.#logs.set(instance, log)
      found.push(await log.search(this.secrets, await this.#lastRequest(instance), this.#writtenMs))
    }
    return found
  }

  /** The id of a request that a server has answered just now; undefined when it is none of auth, or does not answer. */
  async #lastRequest(instance: string): Promise<string | undefined> {
    const url = this.#lab.instances.find(({ name }) => name === instance)?.url
    if (url === undefined) return undefined
    const id = `end-of-log.${randomUUID()}`
    try {
      const answer = await fetch(`${url}/health/live`, {
        headers: { 'x-request-id': id, connection: 'close' },
        signal: AbortSignal.timeout(ANSWER_MS),
      })
      await answer.text()
      return id
    } catch {
      return undefined
    }
  }
}

class Log {
  readonly #instance: string
  readonly #file: GrowingFile
  #line = 0

  constructor(instance: string, file: GrowingFile) {
    this.#instance = instance
    this.#file = file
  }

  /** @param last must be in it, and is waited for */
  async search(secrets: KnownSecrets, last: string | undefined, writtenMs: number): Promise<LogSearchEvent> {
    const found: string[] = []
    const deadline = performance.now() + writtenMs
    let [lines, bytes, isWhole] = [0, 0, last === undefined]
    for (;;) {
      for await (const each of this.#file.lines()) {
        this.#line += 1
        lines += 1
        bytes += each.bytes
        if (last !== undefined && each.line.includes(last)) isWhole = true
        const kind = secrets.findIn(each.line)
        if (kind !== undefined && found.length < MOST_FOUND) found.push(`${kind} in line ${this.#line}`)
      }
      if (isWhole || performance.now() > deadline) break
      await sleep(LOOK_PAUSE_MS)
    }
    const { size } = secrets
    return { type: 'log_search', instance: this.#instance, secrets: size, lines, bytes, isWhole, found }
  }
}
