import { request } from 'node:http'
import type { Answer } from '../fixtures/app.ts'

export interface RawRequest {
  readonly method: string
  readonly path: string
  readonly headers?: Record<string, string | string[]>
  readonly body?: string | Buffer
}

/** One request with exactly these headers and bytes; fetch adds headers of its own and refuses some methods. */
export function send(base: string, { method, path, headers = {}, body }: RawRequest): Promise<Answer> {
  const { hostname, port } = new URL(base)
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, method, path, headers, agent: false }, async (answer) => {
      const chunks: Buffer[] = []
      for await (const chunk of answer) chunks.push(chunk as Buffer)
      const text = Buffer.concat(chunks).toString()
      const isJson = /json/.test(answer.headers['content-type'] ?? '')
      const pairs = Object.entries(answer.headersDistinct).flatMap(([name, values = []]) =>
        values.map((value): [string, string] => [name, value]),
      )
      resolve({
        status: answer.statusCode ?? 0,
        headers: new Headers(pairs),
        body: isJson && text !== '' ? JSON.parse(text) : text,
      })
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
