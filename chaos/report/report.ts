import type { HistoryEvent } from '../history/events.ts'
import { aggregate } from './aggregate.ts'
import { scripts, styles } from './assets.ts'
import { chartData } from './chart-data.ts'
import { Html, html, scriptJson } from './html.ts'
import type { Journal } from './journal.ts'
import { pageHeader } from './page/header.ts'
import { sectionsOf } from './page/links.ts'
import { overview } from './page/overview.ts'
import { patterns } from './page/patterns.ts'
import { scenario } from './page/scenario.ts'
import { headline, totals } from './summary.ts'

/**
 * The report of a run, `report.html`: one page that needs nothing but itself, and a policy that lets it load nothing.
 * The history is read once and may be as long as it likes: the page holds it in buckets.
 */
export function renderReport(journal: Journal, history: Iterable<HistoryEvent>): string {
  const views = aggregate(journal, history)
  const sections = sectionsOf(views)
  const drawn = sections.filter(({ view }) => view.calls.total > 0 && view.result.outcome !== 'skipped')
  const [style, code] = [styles(), scripts()]
  const policy = [
    "default-src 'none'",
    `style-src ${style.hash}`,
    `script-src ${code.map(({ hash }) => hash).join(' ')}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  const { good, text } = headline(journal)
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Html(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${good ? '✓' : '✗'} ${text}: chaos run ${journal.run}</title>
<link rel="icon" href="${icon(good)}">
${style.element}
</head>
<body>
${patterns}
${pageHeader(journal, totals(views))}
<main>
${overview(sections)}
${sections.map(scenario)}
</main>
<footer class="small"><p>Made from <code>journal.json</code> and <code>history.ndjson</code> of this run, which lie
beside this page and hold every request; <code>node chaos/report/main.ts FOLDER</code> makes it again. Charts by uPlot,
© Leon Sorokin, MIT licence.</p></footer>
<script type="application/json" id="data">${new Html(scriptJson(drawn.map(chartData)))}</script>
${code.map(({ element }) => element)}
</body>
</html>
`.text
}

/** A sign for the browser's tab, so that many open reports can be told apart. */
function icon(good: boolean): string {
  const path = good ? 'M3 9l3.5 3.5L13 4' : 'M4 4l8 8M12 4l-8 8'
  const stroke = good ? '#15803d' : '#b91c1c'
  const line = `<path d="${path}" stroke="${stroke}" fill="none" stroke-width="3"/>`
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">${line}</svg>`
  return `data:image/svg+xml,${encodeURIComponent(svg)}`
}
