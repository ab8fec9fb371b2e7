import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { newCounts } from '../../verifier/counts.ts'
import { metricsText } from '../../verifier/metrics.ts'

// docs/verifying.md names what there is, and nothing else.

const root = join(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const page = read('docs/verifying.md')
const section = (title: string) => page.split(/^## /m).find((one) => one.startsWith(title)) ?? ''
const named = (text: string) => new Set([...text.matchAll(/^\| ([^|]*) \|/gm)].flatMap(([, cell = '']) => words(cell)))
const words = (cell: string) => [...cell.matchAll(/`([a-z_]\w*)[^`]*`/gi)].map(([, word = '']) => word)

/** The members of an interface in verifier/api.ts. */
function members(name: string): Set<string> {
  const [, body = ''] = new RegExp(`interface ${name} \\{\n(.*?)\n\\}`, 's').exec(read('verifier/api.ts')) ?? []
  return new Set([...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, member = '']) => member))
}

t.test('every option', async (t) => {
  t.strictSame(named(section('Settings')), members('VerifierOptions'))
})

t.test('every part of the state, and every event', async (t) => {
  const text = section('How it is doing')
  for (const part of members('VerifierState')) t.ok(text.includes(`\`${part}\``), part)
  const events = text.slice(text.indexOf('| event |'), text.indexOf('| metric |'))
  t.strictSame(named(events), members('VerifierEvents'))
})

t.test('every metric', async (t) => {
  const state = { keys: [], keysAgeMs: 0, revocationsAgeMs: 0, revokedSessions: 0 }
  const whole = { ...state, following: 'none', secondsUntilRefused: 0, fromSnapshot: false } as const
  const real = [...metricsText(whole, newCounts()).matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name)
  const text = section('How it is doing')
  const table = named(text.slice(text.indexOf('| metric |')))
  const full = [...table].map((name) => (name.startsWith('_') ? `tokenforge_verifier${name}` : name))
  t.strictSame(new Set(full), new Set(real))
  const alerts = [...text.matchAll(/tokenforge_verifier_\w+/g)].map(([name]) => name)
  for (const name of alerts) t.ok(real.includes(name), name)
})
