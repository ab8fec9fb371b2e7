import t from 'tap'
import { capabilitiesOf } from '../../lib/capabilities.ts'

const all = { postgres: true, writable: true, redis: true, signing: true, verifying: true }

t.test('what is lost with each dependency: the failure matrix', async (t) => {
  const table: [lost: Partial<typeof all>, unavailable: string[]][] = [
    [{}, []],
    [{ postgres: false }, ['register', 'login']],
    [{ redis: false }, ['login', 'refresh']],
    [{ postgres: false, redis: false }, ['register', 'login', 'refresh', 'logout']],
    [{ writable: false }, ['register']],
    [{ writable: false, redis: false }, ['register', 'login', 'refresh', 'logout']],
    [{ signing: false }, ['login', 'refresh']],
    [{ signing: false, verifying: false }, ['login', 'refresh', 'verify', 'logout']],
  ]
  for (const [lost, unavailable] of table) {
    const expected = Object.fromEntries(
      ['register', 'login', 'refresh', 'verify', 'logout'].map((name) => [
        name,
        unavailable.includes(name) ? 'unavailable' : 'ok',
      ]),
    )
    t.strictSame(
      capabilitiesOf({ ...all, ...lost }),
      expected,
      `without ${Object.keys(lost).join(' and ') || 'a loss'}`,
    )
  }
})
