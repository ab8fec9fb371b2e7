import { CommandError, EXIT, setting, type Terminal } from './command.ts'

/** Longer than the server takes for any answer. */
const TIMEOUT_MS = 15_000

// biome-ignore lint/suspicious/noExplicitAny: the server's answers have schemas, and a test of each command
type Answer = any

/**
 * One request to the admin API of TOKENFORGE_URL, with ADMIN_API_KEY.
 *
 * @param path below the URL, encoded
 * @throws CommandError with what the server said, or that it can't be reached
 */
export async function request(terminal: Terminal, method: string, path: string, body?: unknown): Promise<Answer> {
  const base = baseUrl(setting(terminal, 'TOKENFORGE_URL'))
  const key = setting(terminal, 'ADMIN_API_KEY')
  const answer = await fetch(base + path, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    // The key is for this server alone.
    redirect: 'error',
    signal: AbortSignal.any([terminal.signal, AbortSignal.timeout(TIMEOUT_MS)]),
  }).catch((error: Error) => {
    if (terminal.signal.aborted) throw new CommandError(EXIT.interrupted, 'interrupted; it may have been done')
    const { code, message } = (error.cause ?? error) as { code?: string; message: string }
    throw new CommandError(EXIT.unavailable, `${base} can not be reached: ${code ?? message}`)
  })
  const told: Answer = await answer.json().catch(() => null)
  if (answer.ok && told !== null) return told
  throw refusal(base, answer, told)
}

function refusal(base: string, { status, headers }: Response, told: Answer): CommandError {
  if (typeof told?.code !== 'string') {
    return new CommandError(EXIT.unavailable, `${base} answers ${status}, but not as TokenForge does`)
  }
  const fields = (told.errors ?? []).map(({ field, detail }: Answer) => `${field}: ${detail}`)
  const detail = fields.length > 0 ? fields.join('; ') : told.detail
  if (status !== 503) return new CommandError(EXIT.refused, `${told.code}: ${detail} (request ${told.request_id})`)
  const again = `try again in ${headers.get('retry-after')} s`
  return new CommandError(EXIT.unavailable, `${told.code}: ${told.dependency ?? detail}; ${again}`)
}

function baseUrl(given: string): string {
  const url = URL.parse(given)
  const isWhole = url !== null && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === ''
  if (!isWhole) throw new CommandError(EXIT.usage, 'TOKENFORGE_URL: must be a URL such as https://auth.example.com')
  return url.href.replace(/\/+$/, '')
}
