import { getJson, type Request } from '../net/http.ts'

/** What came after a cursor, the events as they were sent. `reset`: the cursor was unknown, so this is all there is. */
export interface RevocationPage {
  readonly cursor: string
  readonly events: readonly unknown[]
  readonly reset: boolean
}

const MAX_BYTES = 64 * 1024 * 1024

/** Asks once what came after the cursor. @throws Error of the network, or when the answer is not such a page */
export async function getPage(
  fetch: typeof globalThis.fetch,
  url: string,
  cursor: string | undefined,
  request: Omit<Request, 'maxBytes'>,
): Promise<RevocationPage> {
  const asked = new URL(url)
  if (cursor !== undefined) asked.searchParams.set('since', cursor)
  const { text } = await getJson(fetch, asked.href, { ...request, maxBytes: MAX_BYTES })
  const page: unknown = JSON.parse(text)
  const { cursor: next, events, reset } = (page ?? {}) as Record<string, unknown>
  if (typeof next !== 'string' || !Array.isArray(events)) throw new Error('the answer is no page of revocations')
  return { cursor: next, events, reset: reset === true }
}
