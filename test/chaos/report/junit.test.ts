import t from 'tap'
import { junit } from '../../../chaos/report/junit.ts'
import { journalOf, scenarioOf, verdictOf } from './events.ts'
import { sampleJournal } from './sample-journal.ts'
import { readXml } from './xml-reader.ts'

const kinds = (element: ReturnType<typeof readXml>) =>
  element.children.map(({ children }) => children[0]?.name ?? 'passed')

t.test('a suite for each scenario, a case for each step and each verdict', async (t) => {
  const root = readXml(junit(sampleJournal()))
  t.equal(root.name, 'testsuites')
  t.match(root.attributes, { tests: '19', failures: '3', errors: '0', skipped: '1', time: '80.000' })
  t.strictSame(
    root.children.map(({ name, attributes }) => [name, attributes.name, attributes.tests, attributes.failures]),
    [
      ['testsuite', 'zombie-db', '10', '0'],
      ['testsuite', 'redis-kill', '8', '3'],
      ['testsuite', 'alerts', '1', '0'],
    ],
  )
  t.equal(root.children[1]?.attributes.timestamp, '2026-03-14T09:27:35.000Z')
  const [first, second] = root.children[0]?.children ?? []
  t.strictSame(first?.attributes, { classname: 'zombie-db', name: 'the steady state is steady', time: '9.700' })
  t.equal(second?.attributes.time, '0.540', 'since the step before it')
})

t.test('a failure says what was found', async (t) => {
  const verdicts = [verdictOf({ violations: ['at 5: <slow>', 'at 6: slow'] }), verdictOf({ judged: 0 })]
  const steps = [{ text: 'login', ok: false, at: 5, detail: 'it was 500' }]
  const [suite] = readXml(junit(journalOf(scenarioOf({ outcome: 'failed', steps, verdicts })))).children
  t.strictSame(
    suite?.children.map(({ children: [failure] }) => [failure?.attributes.message, failure?.text.trim()]),
    [
      ['it was 500', ''],
      ['2 violations', 'at 5: <slow>\nat 6: slow'],
      ['nothing to judge', ''],
    ],
  )
})

t.test('a scenario that failed is never a suite without a failure', async (t) => {
  const steps = [{ text: 'login', ok: true, at: 5 }]
  const failed = (more: object) => readXml(junit(journalOf(scenarioOf({ outcome: 'failed', ...more })))).children[0]
  for (const suite of [failed({ steps }), failed({})]) {
    t.equal(suite?.attributes.errors, '1')
    t.ok(suite && kinds(suite).includes('error'))
  }
  const ended = failed({ reason: 'Error: Redis did not start', verdicts: [verdictOf({ judged: 0 })] })
  t.strictSame(ended && kinds(ended), ['failure', 'error'], 'what ended it early is told beside what it broke')
  t.equal(ended?.children[1]?.children[0]?.attributes.message, 'Error: Redis did not start')
})

t.test('a scenario that was skipped says why', async (t) => {
  const [suite] = readXml(junit(journalOf(scenarioOf({ outcome: 'skipped', reason: 'no docker' })))).children
  t.match(suite?.attributes, { tests: '1', skipped: '1', failures: '0', errors: '0' })
  t.equal(suite?.children[0]?.children[0]?.attributes.message, 'no docker')
})

t.test('odd characters go through, and those that XML cannot hold are replaced', async (t) => {
  const odd = `"quoted" & 'single' <b>]]> tab\tline\nreturn\r nul\0 escape\u001b half\uD800 pair😀 \uFFFE end`
  const steps = [{ text: odd, ok: false, at: 0, detail: odd }]
  const xml = junit(journalOf(scenarioOf({ name: odd, outcome: 'failed', reason: odd, steps })))
  const [suite] = readXml(xml).children
  const expected = `"quoted" & 'single' <b>]]> tab\tline\nreturn\r nul\uFFFD escape\uFFFD half\uFFFD pair😀 \uFFFD end`
  t.equal(suite?.attributes.name, expected)
  t.equal(suite?.children[0]?.children[0]?.attributes.message, expected)
})

t.test('a run of nothing, and a start that is no date', async (t) => {
  t.match(readXml(junit(journalOf())).attributes, { tests: '0' })
  const xml = junit({ ...journalOf(scenarioOf()), startedAt: 'yesterday' })
  t.equal(readXml(xml).children[0]?.attributes.timestamp, 'yesterday')
})
