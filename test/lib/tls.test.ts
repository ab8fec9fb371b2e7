import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { postgresTls, readCertificates } from '../../lib/tls.ts'
import { makeAuthority } from '../fixtures/certificates.ts'
import { temporaryFolder } from '../fixtures/temporary-folder.ts'

const folder = temporaryFolder(t)
const authority = makeAuthority(folder, 'ca')
const { caFile } = authority
const { certFile, keyFile } = authority.issue('localhost')
const URL_ = 'postgres://u:p@db:5432/x'
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
const damaged = file('damaged.pem', readFileSync(caFile, 'utf8').replace(/\n[A-Za-z0-9+/]{10}/, '\nAAAAAAAAAA'))
const empty = file('empty.pem', '')

t.test('whoever asks for TLS gets verify-full, and without a word of it nothing changes', async (t) => {
  t.strictSame(postgresTls(URL_, undefined), { url: URL_ })
  t.strictSame(postgresTls(`${URL_}?sslmode=disable`, undefined), { url: `${URL_}?sslmode=disable` })
  for (const mode of ['require', 'verify-ca', 'verify-full']) {
    t.strictSame(postgresTls(`${URL_}?sslmode=${mode}`, undefined), { url: `${URL_}?sslmode=verify-full` }, mode)
  }
  const ca = `sslrootcert=${encodeURIComponent(caFile)}`
  t.strictSame(postgresTls(URL_, caFile), { url: `${URL_}?${ca}&sslmode=verify-full` })
  t.strictSame(postgresTls(`${URL_}?${ca}`, undefined), { url: `${URL_}?${ca}&sslmode=verify-full` })
  const client = `sslcert=${encodeURIComponent(certFile)}&sslkey=${encodeURIComponent(keyFile)}`
  t.strictSame(postgresTls(`${URL_}?${client}`, undefined), { url: `${URL_}?${client}&sslmode=verify-full` })
})

t.test('what would verify less, or could not be read, is refused in one line', async (t) => {
  const table: [query: string, ca: string | undefined, problem: RegExp][] = [
    ...['prefer', 'allow', 'no-verify', ''].map((mode): [string, undefined, RegExp] => [
      `?sslmode=${mode}`,
      undefined,
      /^its sslmode must be disable or verify-full/,
    ]),
    ['?uselibpqcompat=true&sslmode=require', undefined, /^say sslmode=verify-full/],
    ['?ssl=true', undefined, /^say sslmode=verify-full/],
    ['?sslmode=disable', caFile, /exclude each other$/],
    ['?sslrootcert=/no/such', undefined, /^its sslrootcert can not be read \(ENOENT\)$/],
    [`?sslrootcert=${keyFile}`, undefined, /^its sslrootcert has no certificate in PEM$/],
    [`?sslcert=${damaged}`, undefined, /^its sslcert has a damaged certificate$/],
    [`?sslkey=${caFile}`, undefined, /^its sslkey has no private key in PEM$/],
    ['', empty, /^its sslrootcert has no certificate in PEM$/],
  ]
  for (const [query, ca, problem] of table) t.match(postgresTls(URL_ + query, ca), { problem }, query)
})

t.test('certificates are read whole', async (t) => {
  t.equal(readCertificates(caFile), readFileSync(caFile, 'utf8'))
  t.throws(() => readCertificates(empty), { message: 'has no certificate in PEM' })
})
