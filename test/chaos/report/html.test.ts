import t from 'tap'
import { escapeHtml, Html, html, scriptJson } from '../../../chaos/report/html.ts'

t.test('values are escaped, for text and for attributes', async (t) => {
  const nasty = `<script>alert("1")</script> & 'more'`
  t.equal(escapeHtml(nasty), '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;more&#39;')
  t.equal(html`<p title="${nasty}">${nasty}</p>`.text, `<p title="${escapeHtml(nasty)}">${escapeHtml(nasty)}</p>`)
  t.equal(escapeHtml('half of a pair: \uD83D'), 'half of a pair: \uFFFD')
})

t.test('what is HTML already is not escaped again; nothing is left out', async (t) => {
  const items = ['a<', 'b'].map((item) => html`<li>${item}</li>`)
  t.equal(html`<ul>${items}${null}${undefined}${false}</ul>${0}`.text, '<ul><li>a&lt;</li><li>b</li></ul>0')
  t.equal(html`${new Html('<b>')}`.text, '<b>')
  t.equal(html`\d`.text, 'd', 'as in any template string')
})

t.test('JSON in a script cannot end it, and is the same when it is read', async (t) => {
  const value = { name: '</script><!-- <script>', lines: 'a\u2028b\u2029c', and: '&amp;' }
  const text = scriptJson(value)
  t.notMatch(text, /[<>&\u2028\u2029]/)
  t.strictSame(JSON.parse(text), value)
})
