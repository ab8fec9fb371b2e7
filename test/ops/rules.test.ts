import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { findProgram } from '../../local/find-program.ts'
import { newSession } from '../fixtures/app.ts'
import { startWorld } from '../routes/world.ts'
import { startIssuer, startVerifier } from '../verifier/verifiers.ts'
import { PROMETHEUS, RULE_FILES, reads, selectorsIn, shippedAlerts } from './alerts.ts'

const run = promisify(execFile)
const alerts = shippedAlerts()
const promtool = findProgram('promtool')
const MISSING = 'no promtool on the path: apt-get install prometheus'
// Where changes are judged it must be there.
const skip = promtool === undefined && !process.env.CI && MISSING

t.test(
  'Prometheus takes the rules and the settings, and each alert is raised by its fault alone',
  { skip },
  async (t) => {
    if (promtool === undefined) return t.fail(MISSING)
    const cwd = import.meta.dirname
    await t.resolves(run(promtool, ['check', 'config', join(PROMETHEUS, 'prometheus.yaml')], { cwd }))
    for (const file of RULE_FILES) {
      await t.resolves(run(promtool, ['check', 'rules', join(PROMETHEUS, file)], { cwd }), file)
      await t.resolves(
        run(promtool, ['test', 'rules', file.replace('.rules', '-rules')], { cwd }),
        `the tests of ${file}`,
      )
    }
  },
)

t.test('every alert has a test, and tells how bad it is, what it means and what to do', async (t) => {
  t.ok(alerts.length >= 15)
  t.equal(new Set(alerts.map(({ name }) => name)).size, alerts.length, 'each name is there once')
  for (const { name, file, text } of alerts) {
    const tests = readFileSync(join(import.meta.dirname, file.replace('.rules', '-rules')), 'utf8')
    t.ok(tests.includes(`alertname="${name}"`), `${name} is tested`)
    t.match(text, /^ {10}severity: (critical|warning)$/m, `${name}: severity`)
    for (const part of ['summary', 'description', 'runbook']) t.match(text, new RegExp(`^ {10}${part}: \\S`, 'm'), part)
  }
})

t.test('the page for the people on call names every alert, and no other', async (t) => {
  const page = readFileSync(join(PROMETHEUS, '../README.md'), 'utf8')
  const named = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name)
  t.strictSame(named.sort(), alerts.map(({ name }) => name).sort())
})

t.test('every series that the rules read is one that a server has', async (t) => {
  const world = await startWorld(t)
  const issuer = await startIssuer(t, world)
  const { app } = issuer
  const { access_token: token } = await newSession(app)
  const verifier = startVerifier(t, issuer.options)
  await verifier.verify(token)
  const metrics = String((await app.call('GET', '/metrics')).body) + verifier.metrics()
  const selectors = alerts.flatMap(({ name, text }) => selectorsIn(text).map((selector) => ({ of: name, selector })))
  t.ok(selectors.length > alerts.length)
  for (const { of, selector } of selectors) {
    const labels = selector.labels.map(({ name, is }) => `${name} ${is.source}`)
    t.ok(reads(selector, metrics), `${of}: ${selector.name} ${labels}`)
  }
  t.notOk(reads({ name: 'tokenforge_shed_total', labels: [{ name: 'queue', is: /^none$/ }] }, metrics))
})
