import type { IncomingMessage } from 'node:http'
import type { Completion } from '../../history/events.ts'

/** What an HTTP answer in place of a WebSocket means. */
export async function refusedUpgrade(
  response: IncomingMessage,
): Promise<Pick<Completion, 'type' | 'status' | 'code' | 'dependency' | 'retryAfter'>> {
  const { statusCode: status = 0, headers } = response
  const retryAfter = Number(headers['retry-after'] ?? Number.NaN)
  const { code, dependency } = await problemIn(response)
  return {
    type: status >= 400 && status < 500 ? 'fail' : 'info',
    status,
    ...(typeof code === 'string' && { code }),
    ...(typeof dependency === 'string' && { dependency }),
    ...(!Number.isNaN(retryAfter) && { retryAfter }),
  }
}

async function problemIn(response: IncomingMessage): Promise<Record<string, unknown>> {
  try {
    let text = ''
    for await (const chunk of response) text += chunk
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}
