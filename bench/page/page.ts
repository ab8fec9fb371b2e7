import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Html, html, scriptJson } from '../../chaos/report/html.ts'
import { goalText, isMet, type Ratio } from '../figures/ratios.ts'
import type { Result } from '../figures/result.ts'
import { short } from '../figures/table.ts'
import { chartsOf } from './chart-data.ts'

const UPLOT = join(dirname(createRequire(import.meta.url).resolve('uplot/package.json')), 'dist')

/** A run as one page that needs nothing but itself: its ratios, and plots of what they were made from. */
export function renderPage({ date, about, rounds, ratios, figures }: Result): string {
  const charts = chartsOf(figures)
  const style = inline('style', [join(UPLOT, 'uPlot.min.css'), join(import.meta.dirname, 'style.css')])
  const uplot = inline('script', [join(UPLOT, 'uPlot.iife.min.js')])
  const own = inline('script', [join(import.meta.dirname, 'plots.js')])
  const policy = `default-src 'none'; style-src ${style.hash}; script-src ${uplot.hash} ${own.hash}`
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Html(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>TokenForge: benchmark of ${date.slice(0, 10)}</title>
${style.element}
</head>
<body>
<h1>Benchmark of ${date.slice(0, 10)}</h1>
<p class="muted">${Object.entries(about)
    .map(([name, value]) => `${name} ${value}`)
    .join(' · ')} · medians of ${rounds} rounds, by turns; work for a second of the server's CPU time</p>
<table>
<tr><th>ratio</th><th>median</th><th>rounds</th><th>goal</th></tr>
${ratios.map(row)}
</table>
${charts.map(
  ({ title, unit }, i) => html`<h2>${title} <span class="muted">${unit}</span></h2>
<div id="chart-${i}"></div>
`,
)}
<footer class="muted"><p>Charts by uPlot, © Leon Sorokin, MIT licence.</p></footer>
<script type="application/json" id="data">${new Html(scriptJson(charts))}</script>
${uplot.element}
${own.element}
</body>
</html>
`.text
}

function row(ratio: Ratio): Html {
  const spread = `${short(ratio.lowest)} to ${short(ratio.highest)}`
  const missed = isMet(ratio) === false ? 'missed' : ''
  return html`<tr class="${missed}"><td>${ratio.name}</td><td>${short(ratio.median)}</td><td>${spread}</td>
<td>${goalText(ratio.goal)} ${missed}</td></tr>
`
}

/** A script or style sheet inside of the page, and the source expression that allows just that text. */
function inline(tag: 'script' | 'style', files: readonly string[]): { element: Html; hash: string } {
  const text = files.map((file) => readFileSync(file, 'utf8')).join('\n')
  const code =
    tag === 'script' ? `(() => {${text}\nif (typeof uPlot !== 'undefined') globalThis.uPlot = uPlot})()` : text
  const hash = `'sha256-${createHash('sha256').update(code).digest('base64')}'`
  return { element: new Html(`<${tag}>${code}</${tag}>`), hash }
}
