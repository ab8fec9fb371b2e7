import type { Test } from 'tap'
import type { Service } from './service.ts'
import type { TokenSource } from './tokens.ts'

/** A good token is accepted, and each of the others is a 401. */
export async function checkVerdicts(t: Test, service: Service, source: TokenSource): Promise<void> {
  const good = await source.good()
  t.equal(await service.statusOf(good), 200, 'a good one')
  t.match((await service.ask(good)).body, subjectOf(good))
  t.equal(await service.statusOf(), 401, 'none')
  for (const [what, token] of Object.entries(source.bad)) {
    const { status, headers } = await service.ask(token)
    t.equal(status, 401, what)
    t.match(headers.get('www-authenticate'), /^Bearer/, what)
  }
  t.equal(await service.statusOf(good), 200, 'the good one again')
}

/** The same token, but for a key id that nobody has. */
export function invented(token: string): string {
  const [head = '', ...rest] = token.split('.')
  const header = JSON.parse(Buffer.from(head, 'base64url').toString())
  const changed = Buffer.from(JSON.stringify({ ...header, kid: crypto.randomUUID() })).toString('base64url')
  return [changed, ...rest].join('.')
}

export function subjectOf(token: string): string {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).sub
}
