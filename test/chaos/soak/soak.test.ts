import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Journal } from '../../../chaos/report/journal.ts'
import type { Disturbance, Plan } from '../../../chaos/soak/plan.ts'
import { cleanEnvironment, nodeCommand } from '../../fixtures/environment.ts'

const ROOT = join(import.meta.dirname, '../../..')
const folder = t.testdir()

function soak(...args: string[]) {
  const [file, rest] = nodeCommand(join(ROOT, 'chaos/soak/main.ts'), ...args)
  const env = cleanEnvironment({ CHAOS_DRIVER: 'local' })
  const { status, stdout, stderr } = spawnSync(file, rest, { cwd: folder, env, encoding: 'utf8' })
  return { status, stdout, stderr, lines: stdout.trimEnd().split('\n') }
}

t.test('what can not be done is said with the usage, and nothing is started', async (t) => {
  const { status, stdout, stderr } = soak('--seed', 'seven')
  t.equal(status, 2)
  t.equal(stdout, '')
  t.match(stderr, /^--seed seven: .*\n\nusage: npm run chaos:soak/)
})

const mix = { register: 2, login: 3, refresh: 8, verify: 10, me: 3, jwks: 2, logout: 2, live: 2, verify_ended: 2 }
const disturbance = (id: string, at: number, more: Pick<Disturbance, 'kind' | 'target'>): Disturbance => ({
  ...{ id, at, lasts: 0, ...more },
})
const PLAN: Plan = {
  version: 1,
  seed: 42,
  minutes: 0.1,
  episodes: [1, 2].map((number) => ({
    number,
    seed: number,
    ms: 2500,
    load: [{ at: 0, mood: 'ordinary', mix }],
    disturbances: [
      { ...disturbance('a', 100, { kind: 'reset on every call', target: 'redis' }), lasts: 700 },
      { ...disturbance('b', 300, { kind: 'killed', target: 'auth-1' }), lasts: 500 },
      // Revoke All has a bound of one second, which can't be judged while other tests have the machine.
      disturbance('c', 2000, { kind: 'rotate', target: 'keys' }),
    ],
  })),
}

t.test('two short episodes are played, judged and reported', async (t) => {
  const file = join(folder, 'plan.json')
  writeFileSync(file, JSON.stringify(PLAN))
  const { status, lines, stdout, stderr } = soak('--plan', file, '--results', 'results', '--shrink-minutes', '0')
  if (status !== 0) t.comment(stdout, stderr)
  t.equal(status, 0)
  t.match(lines[0], /^seed 42: npm run chaos:soak -- --plan /, 'the first line says how to play it again')
  t.match(stdout, / redis reset on every call for 0\.7 s\n.* auth-1 killed for 0\.5 s\n.* rotate\n/)
  t.match(stdout, /\nepisode-2\S*: \d+ operations, 2 faults, \d+ checks, 0 failed\n/)
  t.match(lines.at(-1), /^\d+ passed, 0 failed$/)

  const [run = ''] = readdirSync(join(folder, 'results'))
  const read = (name: string) => readFileSync(join(folder, 'results', run, name), 'utf8')
  t.strictSame(JSON.parse(read('plan.json')), PLAN, 'what was played is there to be played again')
  const journal = JSON.parse(read('journal.json')) as Journal
  t.match(journal, { driver: 'local', about: { seed: '42' } })
  const faults = 2 * journal.scenarios.length
  t.match(lines.at(-2), new RegExp(`^[\\d,]+ operations, ${faults} faults, users logged out wrongly: 0$`))
  // An episode that the machine was too busy for is told, counts for nothing, and is played again.
  const judged = journal.scenarios.filter(({ outcome }) => outcome !== 'skipped')
  t.strictSame(
    judged.map(({ name }) => name.replace(/-attempt-\d$/, '')),
    ['episode-1', 'episode-2'],
  )
  for (const { verdicts, outcome } of judged) {
    t.equal(outcome, 'passed')
    for (const name of ['sessions-survive', 'tokens-always-verify', 'recovers', 'audit', 'all-made']) {
      t.ok(
        verdicts.some(({ check, judged }) => check === name && judged > 0),
        name,
      )
    }
  }
  t.match(read('report.html'), /All claims held/)
  t.match(read('junit.xml'), /failures="0"/)
  t.match(read('history.ndjson'), /"scenario":"episode-2/)
})
