const TIMEOUT_MS = 5_000

/** What a deployment tells about itself. */
export interface TargetInfo {
  /** Without a slash at its end. */
  readonly url: string
  /** Of TokenForge. */
  readonly version: string
}

/**
 * Looks whether a TokenForge is at this URL that can verify tokens. Whether all of its dependencies are there is not asked.
 *
 * @throws an error whose message is fit for the terminal
 */
export async function checkTarget(target: string): Promise<TargetInfo> {
  const parsed = URL.parse(target)
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) throw new Error(`${target}: not an http or https URL`)
  const url = target.replace(/\/+$/, '')
  const { status, body } = await getJson(`${url}/health/ready`)
  if (status === 503 && body.dependency === 'signing-keys') throw new Error(`${url} is not ready: ${body.detail}`)
  if (status !== 200 || !isReady(body)) throw new Error(`${url} is no TokenForge: /health/ready answers ${status}`)
  const { body: description } = await getJson(`${url}/openapi.json`)
  return { url, version: String((description.info as { version?: unknown } | undefined)?.version ?? 'unknown') }
}

/** Whether a server at `url` answers. */
export async function isLive(url: string): Promise<boolean> {
  const asked = fetch(`${url}/health/live`, { signal: AbortSignal.timeout(TIMEOUT_MS) })
  return asked.then(
    ({ ok }) => ok,
    () => false,
  )
}

function isReady({ status, capabilities, dependencies }: Record<string, unknown>): boolean {
  const has = (value: unknown, ...names: string[]) =>
    typeof value === 'object' && value !== null && names.every((name) => name in value)
  return (
    (status === 'ok' || status === 'degraded') &&
    has(capabilities, 'login', 'refresh', 'verify') &&
    has(dependencies, 'postgres', 'redis', 'signing-keys')
  )
}

async function getJson(url: string): Promise<{ status: number; body: Record<string, unknown> }> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'manual' })
    const body: unknown = await answer.json().catch(() => undefined)
    const isObject = typeof body === 'object' && body !== null
    return { status: answer.status, body: isObject ? (body as Record<string, unknown>) : {} }
  } catch (error) {
    const { cause, message } = error as Error & { cause?: NodeJS.ErrnoException }
    throw new Error(`${url} can not be reached: ${cause?.code ?? cause?.message ?? message}`)
  }
}
