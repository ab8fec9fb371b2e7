import { passes, type Verdict } from '../../checks/verdict.ts'
import { count, seconds } from '../format.ts'
import { type Html, html } from '../html.ts'
import type { ScenarioResult } from '../journal.ts'
import { findings } from '../summary.ts'
import { mark } from './marks.ts'
import { table } from './table.ts'

/** The invariants, the broken ones first, each with what was found against it. */
export function claims({ verdicts, from }: ScenarioResult): Html | null {
  if (verdicts.length === 0) return null
  const sorted = verdicts.toSorted((a, b) => Number(passes(a)) - Number(passes(b)))
  return html`<h3>Claims</h3>
${table(
  'Claims',
  [{ name: 'Claim' }, { name: 'Verdict' }, { name: 'Judged', numeric: true }],
  sorted.map((verdict) => [claim(verdict, from), word(verdict), count(verdict.judged)] as const),
)}`
}

function claim(verdict: Verdict, from: number): Html {
  const { check, claim, violations } = verdict
  return html`${claim} <code>${check}</code>${
    violations.length > 0 &&
    html`<details><summary>${findings(verdict)}</summary>
<p class="small">Times are since the run began; this scenario began at ${seconds(from)}.</p>
<ul class="violations">${violations.map((line) => html`<li>${line}</li>`)}</ul></details>`
  }`
}

function word(verdict: Verdict): Html {
  if (passes(verdict)) return mark('good', 'held')
  return mark('bad', verdict.violations.length > 0 ? 'broken' : 'nothing to judge')
}
