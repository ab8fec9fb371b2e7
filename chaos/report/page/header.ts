import { count } from '../format.ts'
import { type Html, html } from '../html.ts'
import type { Journal } from '../journal.ts'
import { headline, loggedOutWrongly, type Totals } from '../summary.ts'

/** Which run this is, whether the claims held, and its numbers. */
export function pageHeader(journal: Journal, totals: Totals): Html {
  const { good, text } = headline(journal)
  const loggedOut = loggedOutWrongly(journal)
  const ran = totals.passed + totals.failed
  return html`<header class="page">
<p class="product">TokenForge chaos report</p>
<h1>Run ${journal.run}</h1>
<p class="when"><time datetime="${journal.startedAt}">${moment(journal.startedAt)}</time>, driver ${journal.driver}</p>
<div class="headlines">
<p class="headline ${good ? 'good' : 'bad'}"><span class="sign" aria-hidden="true">${good ? '✓' : '✗'}</span>
<span><strong>${text}</strong> <span class="small">
${count(totals.claimsHeld)} of ${count(totals.claims)} claims held, in ${
    ran === 1 ? '1 scenario' : `${count(ran)} scenarios`
  }</span></span></p>
<p class="headline ${loggedOut === 0 ? 'good' : loggedOut === 'not judged' ? 'none' : 'bad'}">
<span class="sign">${typeof loggedOut === 'number' ? count(loggedOut) : '–'}</span>
<span><strong>users logged out wrongly: ${typeof loggedOut === 'number' ? count(loggedOut) : loggedOut}</strong>
<span class="small">${
    typeof loggedOut === 'number' ? 'honest sessions that were refused' : 'no scenario could tell'
  }</span></span></p>
</div>
<dl class="totals">
${total('scenarios passed', totals.passed)}${total('failed', totals.failed)}${total('skipped', totals.skipped)}
${total('operations', totals.operations)}${total('faults struck', totals.faultsStruck)}
${total('tokens verified', totals.tokensVerified)}
</dl>
<dl class="about">${Object.entries(journal.about).map(
    ([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`,
  )}</dl>
</header>`
}

function total(name: string, value: number): Html {
  return html`<div><dt>${name}</dt><dd>${count(value)}</dd></div>`
}

/** The start in UTC, for readers anywhere; as it is when it is no date. */
function moment(text: string): string {
  const date = new Date(text)
  return Number.isNaN(date.valueOf()) ? text : `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`
}
