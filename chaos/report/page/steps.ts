import { seconds } from '../format.ts'
import { type Html, html } from '../html.ts'
import type { ScenarioResult } from '../journal.ts'
import { mark } from './marks.ts'

/** What the scenario asserted on its way, with the time since it began. */
export function steps({ steps: list, from }: ScenarioResult): Html | null {
  if (list.length === 0) return null
  return html`<h3>Steps</h3><ol class="steps">${list.map(
    ({ text, ok, at, detail }) => html`<li><span class="at">${seconds(at - from)}</span>
${ok ? mark('good', 'done') : mark('bad', 'failed')}
<span>${text}${detail !== undefined && html` <span class="small">${detail}</span>`}</span></li>
`,
  )}</ol>`
}
