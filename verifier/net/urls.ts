const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

/**
 * Checks a URL that keys or revocations are to come from: https, or http on a loopback host.
 *
 * @param insecure lets http reach every host
 * @throws TypeError
 */
export function fetchableUrl(name: string, text: string, insecure: boolean): URL {
  if (typeof text !== 'string' || !URL.canParse(text)) throw new TypeError(`${name} is not a URL`)
  const url = new URL(text)
  const isPlain = url.protocol === 'http:' && (insecure || LOOPBACK.test(url.hostname))
  if (url.protocol !== 'https:' && !isPlain) throw new TypeError(`${name} is neither https nor http on a loopback host`)
  if (url.username !== '' || url.password !== '') throw new TypeError(`${name} holds credentials`)
  return url
}

/** The form of an issuer by RFC 8414 section 2: no query, no fragment. */
export function issuerUrl(issuer: string, insecure: boolean): URL {
  const url = fetchableUrl('issuer', issuer, insecure)
  if (/[?#]/.test(issuer)) throw new TypeError('issuer has a query or a fragment')
  return url
}

/** Where RFC 8414 section 3 puts the metadata: between the host and the path of the issuer. */
export function metadataUrl(issuer: string): string {
  const { origin, pathname } = new URL(issuer)
  return `${origin}/.well-known/oauth-authorization-server${pathname.replace(/\/$/, '')}`
}
