import type { WriteStream } from 'node:tty'

/** Shows one line of what is going on, with the minutes since the start; on a terminal each over the one before. */
export function progress(to: Pick<WriteStream, 'write' | 'isTTY'>): { say(text: string): void; end(): void } {
  const begin = performance.now()
  const time = () => {
    const seconds = Math.floor((performance.now() - begin) / 1000)
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
  }
  return {
    say: (text) => void to.write(to.isTTY ? `\r\x1b[K${time()} ${text}` : `${time()} ${text.trimEnd()}\n`),
    end: () => void to.write(to.isTTY ? '\r\x1b[K' : ''),
  }
}
