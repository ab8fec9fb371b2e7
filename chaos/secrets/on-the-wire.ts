import type { WireRequest } from '../workload/wire.ts'
import type { KnownSecrets } from './known-secrets.ts'

const KINDS: Readonly<Record<string, string>> = {
  email: 'an email',
  password: 'a password',
  token: 'an access token',
  access_token: 'an access token',
  refresh_token: 'a refresh token',
}
const MEMBERS = new RegExp(`"(${Object.keys(KINDS).join('|')})":"([^"\\\\]*)"`, 'g')
const BEARER = /^Bearer /

/** Notes the secrets of a request: in its body, and the token that it shows. */
export function noteSent({ headers, body = '' }: WireRequest, secrets: KnownSecrets): void {
  const { authorization = '' } = headers
  if (BEARER.test(authorization)) secrets.add('an access token', authorization.replace(BEARER, ''))
  noteMembers(body, secrets)
}

/** Notes the secrets in the body of an answer. */
export function noteReceived(text: string, secrets: KnownSecrets): void {
  noteMembers(text, secrets)
}

function noteMembers(text: string, secrets: KnownSecrets): void {
  for (const [, member = '', value = ''] of text.matchAll(MEMBERS)) secrets.add(KINDS[member] ?? member, value)
}
