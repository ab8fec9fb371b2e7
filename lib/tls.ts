import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'

const POSTGRES_MODES = ['disable', 'require', 'verify-ca', 'verify-full']
const FILES = ['sslrootcert', 'sslcert', 'sslkey']
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/**
 * A Postgres URL whose `sslmode` means what it says: whoever asks for TLS gets a server that was verified by its CA and its
 * name, `verify-full`. libpq would verify less for `require`, and nothing for `prefer`.
 *
 * @param caFile the only authority that is trusted, in PEM; the driver reads it anew for each connection
 * @returns the URL, or what is wrong with it
 */
export function postgresTls(url: string, caFile: string | undefined): { url: string } | { problem: string } {
  const changed = new URL(url)
  const query = changed.searchParams
  const mode = query.get('sslmode')
  if (mode !== null && !POSTGRES_MODES.includes(mode)) {
    return { problem: 'its sslmode must be disable or verify-full (require and verify-ca are taken for that)' }
  }
  if (query.has('uselibpqcompat') || query.has('ssl')) return { problem: 'say sslmode=verify-full for TLS' }
  if (caFile !== undefined) {
    if (mode === 'disable') return { problem: 'sslmode=disable and a CA file exclude each other' }
    query.set('sslrootcert', caFile)
  }
  for (const name of FILES) {
    const file = query.get(name)
    const problem = file === null ? undefined : problemOfFile(file, name === 'sslkey')
    if (problem !== undefined) return { problem: `its ${name} ${problem}` }
  }
  const wantsTls = mode !== null || FILES.some((name) => query.has(name))
  if (!wantsTls || mode === 'disable') return { url }
  query.set('sslmode', 'verify-full')
  return { url: changed.href }
}

/** Reads the certificates of authorities, in PEM. Throws an Error whose message says what is wrong, without the content. */
export function readCertificates(file: string): string {
  const problem = problemOfFile(file, false)
  if (problem !== undefined) throw new Error(problem)
  return readFileSync(file, 'utf8')
}

function problemOfFile(file: string, isKey: boolean): string | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    return `can not be read (${(error as NodeJS.ErrnoException).code})`
  }
  if (isKey) return text.includes('PRIVATE KEY-----') ? undefined : 'has no private key in PEM'
  const found = text.match(CERTIFICATE) ?? []
  try {
    for (const each of found) new X509Certificate(each)
  } catch {
    return 'has a damaged certificate'
  }
  return found.length > 0 ? undefined : 'has no certificate in PEM'
}
