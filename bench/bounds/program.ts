import { generateKeyPairSync, sign, verify } from 'node:crypto'
import bcrypt from 'bcrypt'

// What no auth server can be faster than: the cryptography alone, one after the other, with keys that are ready.

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
/** As long as the header and the claims of an access token. */
const TEXT = Buffer.alloc(560, 'x')
const SIGNATURE = sign('sha256', TEXT, privateKey)
const PASSWORD = 'seven quiet herons'
const HASHES = { 'bcrypt 10': bcrypt.hashSync(PASSWORD, 10), 'bcrypt 12': bcrypt.hashSync(PASSWORD, 12) }

const WORK: Record<string, () => unknown> = {
  'RSA sign': () => sign('sha256', TEXT, privateKey),
  'RSA verify': () => verify('sha256', TEXT, publicKey, SIGNATURE),
  'bcrypt 10': () => bcrypt.compareSync(PASSWORD, HASHES['bcrypt 10']),
  'bcrypt 12': () => bcrypt.compareSync(PASSWORD, HASHES['bcrypt 12']),
}

process.on('message', ({ name, ms }: { name: string; ms: number }) => {
  const work = WORK[name]
  if (work === undefined) throw new Error(`no such bound: ${name}`)
  const cpu = process.cpuUsage()
  const begin = performance.now()
  let done = 0
  while (performance.now() - begin < ms) {
    work()
    done += 1
  }
  const { user, system } = process.cpuUsage(cpu)
  process.send?.({ answers: done, failures: 0, wallS: (performance.now() - begin) / 1000, cpuS: (user + system) / 1e6 })
})
process.send?.('ready')
