import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import t from 'tap'
import { ConfigError, loadConfig, SETTING_NAMES } from '../../lib/config.ts'

const text = readFileSync(join(import.meta.dirname, '../../.env.example'), 'utf8')
const asGiven = parseEnv(text) as Record<string, string>
const withDefaults = parseEnv(text.replaceAll(/^#(?=[A-Z_]+=)/gm, '')) as Record<string, string>
const secrets = {
  KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
  ADMIN_API_KEY: randomBytes(24).toString('hex'),
}

t.test('.env.example names every setting once, each with a comment above it', async (t) => {
  const lines = text.split('\n')
  const names = lines.flatMap((line) => /^#?([A-Z_]+)=/.exec(line)?.[1] ?? [])
  t.same(names.toSorted(), SETTING_NAMES.toSorted())
  for (const [i, line] of lines.entries()) {
    if (/^#?[A-Z_]+=/.test(line)) t.match(lines[i - 1], /^# \S/, line)
  }
})

t.test('a copy of it is not yet a configuration: the secrets must be made', async (t) => {
  try {
    loadConfig(asGiven)
    t.fail('it was accepted')
  } catch (error) {
    t.ok(error instanceof ConfigError)
    t.same(
      (error as ConfigError).problems.map((line) => line.split(':')[0]).toSorted(),
      Object.keys(secrets).toSorted(),
    )
  }
})

t.test('the defaults that it shows are the defaults', async (t) => {
  t.same(loadConfig({ ...withDefaults, ...secrets }), loadConfig({ ...asGiven, ...secrets }))
})
