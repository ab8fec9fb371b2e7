/** A server-sent event (WHATWG HTML section 9.2). */
export interface ServerSentEvent {
  readonly id: string | undefined
  readonly data: string
}

const MAX_PENDING = 65_536

/** Takes a stream of server-sent events apart, however it is cut into pieces. Comments are passed over. */
export class SseParser {
  #rest = ''
  #data: string[] = []
  #dataLength = 0
  #id: string | undefined

  /** @throws Error when an event is longer than is sensible */
  push(text: string): ServerSentEvent[] {
    const events: ServerSentEvent[] = []
    // A \r at the end may be half of a \r\n.
    const whole = this.#rest + text
    const lines = whole.split(/\r\n|\n|\r(?=.)/s)
    this.#rest = lines.pop() ?? ''
    for (const line of lines) {
      const event = this.#line(line)
      if (event !== undefined) events.push(event)
    }
    if (this.#rest.length + this.#dataLength > MAX_PENDING) throw new Error('an event of the stream is too long')
    return events
  }

  #line(line: string): ServerSentEvent | undefined {
    if (line === '') return this.#dispatch()
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'data') {
      this.#data.push(value)
      this.#dataLength += value.length
    } else if (field === 'id' && !value.includes('\0')) this.#id = value
    return undefined
  }

  #dispatch(): ServerSentEvent | undefined {
    const data = this.#data
    this.#data = []
    this.#dataLength = 0
    return data.length === 0 ? undefined : { id: this.#id, data: data.join('\n') }
  }
}
