import { passes, type Verdict } from '../checks/verdict.ts'
import type { Journal, ScenarioResult } from './journal.ts'
import { findings } from './summary.ts'
import { element, escapeXml } from './xml.ts'

/**
 * The run as JUnit XML, which CI systems show: a test suite for each scenario, a test case for each step and verdict. A
 * scenario that failed is never a suite without a failure: what ended it is a case of its own.
 */
export function junit(journal: Journal): string {
  const suites = journal.scenarios.map((scenario) => suite(scenario, journal.startedAt))
  const all = suites.flatMap(({ cases }) => cases)
  const seconds = journal.scenarios.reduce((sum, { from, to }) => sum + (to - from), 0) / 1000
  const root = { name: `chaos ${journal.run}`, ...counts(all), time: seconds.toFixed(3) }
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element(
    'testsuites',
    root,
    suites.map(({ xml }) => xml),
  )}\n`
}

interface Case {
  readonly kind: 'passed' | 'failure' | 'error' | 'skipped'
  readonly xml: string
}

function suite(scenario: ScenarioResult, startedAt: string): { xml: string; cases: readonly Case[] } {
  const cases = casesOf(scenario)
  const attributes = {
    name: scenario.name,
    ...counts(cases),
    time: ((scenario.to - scenario.from) / 1000).toFixed(3),
    timestamp: momentOf(startedAt, scenario.from),
  }
  const xml = element(
    'testsuite',
    attributes,
    cases.map((each) => each.xml),
  )
  return { xml, cases }
}

function casesOf(scenario: ScenarioResult): readonly Case[] {
  const { name, outcome, reason, steps, verdicts } = scenario
  const took = (i: number) => ((steps[i]?.at ?? 0) - (steps[i - 1]?.at ?? scenario.from)) / 1000
  const cases = [
    ...steps.map((step, i) =>
      testcase(name, step.text, step.ok ? 'passed' : 'failure', took(i), step.detail ?? 'the step failed'),
    ),
    ...verdicts.map((verdict) =>
      testcase(
        name,
        `${verdict.check}: ${verdict.claim}`,
        passes(verdict) ? 'passed' : 'failure',
        0,
        ...words(verdict),
      ),
    ),
  ]
  if (outcome === 'skipped') return [...cases, testcase(name, 'the scenario', 'skipped', 0, reason ?? 'skipped')]
  const silent = cases.every(({ kind }) => kind === 'passed')
  if (outcome === 'failed' && (silent || reason !== undefined)) {
    return [...cases, testcase(name, 'the scenario', 'error', 0, reason ?? 'the scenario failed')]
  }
  return cases
}

function words(verdict: Verdict): [message: string, text: string] {
  return [findings(verdict), verdict.violations.join('\n')]
}

function testcase(suite: string, name: string, kind: Case['kind'], seconds: number, message: string, text = ''): Case {
  const attributes = { classname: suite, name, time: Math.max(0, seconds).toFixed(3) }
  const body = text === '' ? [] : [escapeXml(text)]
  return { kind, xml: element('testcase', attributes, kind === 'passed' ? [] : [element(kind, { message }, body)]) }
}

function counts(cases: readonly Case[]) {
  const having = (kind: Case['kind']) => cases.filter((each) => each.kind === kind).length
  return { tests: cases.length, failures: having('failure'), errors: having('error'), skipped: having('skipped') }
}

/** When a scenario began, on the calendar; as the journal has it when that is no date. */
function momentOf(startedAt: string, from: number): string {
  const start = Date.parse(startedAt)
  return Number.isNaN(start) ? startedAt : new Date(start + from).toISOString()
}
