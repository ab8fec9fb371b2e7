import type { CallSummary } from '../calls.ts'
import { count, decimal, milliseconds } from '../format.ts'
import { type Html, html } from '../html.ts'
import { OUTCOME_LABELS, OUTCOMES } from '../outcome.ts'
import { perSecond } from '../series.ts'
import { alertLanes } from './alerts.ts'
import { breakerLanes, upperLanes } from './lanes.ts'
import type { Section } from './links.ts'

/** Id of the figure of a section; the page's script finds it by this. */
export function timelineId(id: string): string {
  return `${id}-timeline`
}

/** The charts of a scenario with its phases, faults and breakers on the same time axis. */
export function timeline({ id, view }: Section): Html {
  const { calls, buckets, lengthMs } = view
  if (calls.total === 0) return html`<p class="none">No request was recorded.</p>`
  return html`<figure class="timeline" id="${timelineId(id)}">
${key(calls, lengthMs)}
<div class="stack">
<div class="hair" hidden></div>
${upperLanes(view)}
<h4>Requests per second</h4>
<div class="plot rate" role="img"
 aria-label="Requests per second over time. On average ${averages(calls, lengthMs)}."></div>
<h4>Latency, p50 to p99, logarithmic</h4>
<div class="plot latency" role="img" aria-label="Latency over time. ${latencies(calls)}."></div>
<p class="axis small">seconds since the scenario began</p>
${breakerLanes(view)}
${alertLanes(view)}
<input class="scrubber" type="range" min="0" max="${buckets.series.ok.count.length - 1}" value="0" step="1" hidden
 aria-label="Read the numbers at a moment">
</div>
<noscript><p class="none">The charts need scripts. Everything else on this page does not.</p></noscript>
<figcaption class="small">Each point is ${milliseconds(buckets.bucketMs)} of requests, at the time they were due to be
sent; percentiles are of the raw times in it. Lost: no answer, or a 5xx that is no 503. Shaded: a fault, from strike to
healed. Thin lines: phases.
<span class="hint" hidden>Point at the charts, or move the slider, to read the numbers of a moment.</span></figcaption>
</figure>`
}

/** The legend; its numbers are of the whole scenario until somebody points at a moment. */
function key(calls: CallSummary, lengthMs: number): Html {
  return html`<table class="key" aria-label="Legend, with the numbers of the moment that is pointed at">
<thead><tr><th scope="col" class="moment">Whole scenario</th>
${['per s', 'p50', 'p99', 'max'].map((name) => html`<th scope="col" class="number">${name}</th>`)}</tr></thead>
<tbody>${OUTCOMES.map((outcome) => {
    const { p50, p99, max } = calls.latency[outcome]
    return html`<tr><th scope="row">${sample(outcome)} ${OUTCOME_LABELS[outcome]}</th>
<td class="number">${decimal(perSecond(calls.counts[outcome], lengthMs))}</td>
${[p50, p99, max].map((ms) => html`<td class="number">${time(ms)}</td>`)}</tr>`
  })}</tbody></table>`
}

/** A piece of the line as the charts draw it: colour and dashes. */
function sample(outcome: string): Html {
  return html`<svg width="26" height="10" aria-hidden="true">
<line class="line ${outcome}" x2="26" y1="5" y2="5"/></svg>`
}

/** The charts in a sentence, for those who do not see them; the tables below say more. */
function averages({ counts }: CallSummary, lengthMs: number): string {
  return OUTCOMES.map((outcome) => `${OUTCOME_LABELS[outcome]} ${decimal(perSecond(counts[outcome], lengthMs))}`).join(
    ', ',
  )
}

function latencies({ latency }: CallSummary): string {
  return OUTCOMES.filter((outcome) => latency[outcome].max !== null)
    .map(
      (outcome) => `${OUTCOME_LABELS[outcome]}: p50 ${time(latency[outcome].p50)}, p99 ${time(latency[outcome].p99)}`,
    )
    .join('; ')
}

/** A time, or a dash where there is none. */
export function time(ms: number | null): string {
  return ms === null ? '–' : milliseconds(ms)
}

/** A count that is quiet when it is zero. */
export function tally(value: number): Html {
  return value === 0 ? html`<span class="zero">0</span>` : html`${count(value)}`
}
