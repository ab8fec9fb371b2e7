import { closeSync, openSync, readSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'

const CHUNK = 1 << 20

/**
 * The values in a file of JSON lines, one at a time, so that the file may be larger than memory. A torn last line, as a
 * killed run leaves it, is left out. Throws at any other line that is no JSON, with its number.
 */
export function* readNdjson<T>(file: string): Generator<T, void, undefined> {
  let number = 0
  for (const { text, ended } of lines(file)) {
    number++
    if (text.trim() === '') continue
    try {
      yield JSON.parse(text) as T
    } catch (cause) {
      if (ended) throw new Error(`${file}:${number} is no JSON`, { cause })
    }
  }
}

function* lines(file: string): Generator<{ text: string; ended: boolean }, void, undefined> {
  const handle = openSync(file, 'r')
  try {
    const decoder = new StringDecoder('utf8')
    const buffer = Buffer.allocUnsafe(CHUNK)
    let rest = ''
    for (let size = readSync(handle, buffer); size > 0; size = readSync(handle, buffer)) {
      const texts = (rest + decoder.write(buffer.subarray(0, size))).split('\n')
      rest = texts.pop() ?? ''
      for (const text of texts) yield { text, ended: true }
    }
    yield { text: rest + decoder.end(), ended: false }
  } finally {
    closeSync(handle)
  }
}
