import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { cellsOf } from '../../chaos/tables/marked.ts'

const ROOT = join(import.meta.dirname, '../..')
const page = readFileSync(join(ROOT, 'docs/security.md'), 'utf8')
const section = /\n## Against ASVS[^\n]*\n([\s\S]*?)\n## /.exec(page)?.[1] ?? ''
const rows = cellsOf(section).map(([id = '', level = '', , here = '', shown = '']) => ({ id, level, here, shown }))

/** By chapter of ASVS 5.0: what concerns an auth server. */
const ASVS = {
  4: '1.1 1.3 1.4 4.1 4.2 4.3 4.4',
  6: '1.1 2.1 2.4 2.5 2.8 2.9 2.10 2.11 2.12 3.1 3.2 3.3 3.8 8.2',
  7: '1.1 1.2 2.1 2.2 2.3 2.4 3.1 3.2 4.1 4.2 4.3 4.5 5.2',
  9: '1.1 1.2 1.3 2.1 2.2 2.3 2.4',
  10: '3.1 3.2 3.3 3.4 4.4 4.5 4.8 4.9',
  11: '2.3 4.2 5.1',
  13: '1.2 1.3 3.1 3.4 4.4',
  14: '2.1 3.2',
  15: '1.3 2.2 3.3 3.4 3.5 3.6 4.2',
  16: '2.5 3.1 4.1 5.1 5.2 5.3 5.4',
}

t.test('the table of standards has every requirement once', async (t) => {
  const asvs = Object.entries(ASVS).flatMap(([chapter, rest]) => rest.split(' ').map((each) => `${chapter}.${each}`))
  const nist = [1, 2, 3, 4, 5].map((each) => `NIST P${each}`)
  t.strictSame(rows.map(({ id }) => id).toSorted(), [...asvs, 'Appendix C', ...nist].toSorted())
})

t.test('each row has a verdict, and names what shows it, which is there', async (t) => {
  for (const { id, level, here, shown } of rows) {
    t.match(level, /^([123]|63B-4|OWASP)$/, id)
    t.match(here, /^(met\b|partly: \S|deviation: \S|does not apply|the service's own)/, id)
    const paths = [...shown.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path)
    t.ok(paths.length > 0, `${id} names something`)
    for (const path of paths) t.ok(existsSync(join(ROOT, path)), `${id}: ${path}`)
  }
})

t.test('every file of tests that the page names is there', async (t) => {
  const named = [...page.matchAll(/`(test\/[\w/.-]+\.ts)`/g)].map(([, path = '']) => path)
  for (const path of new Set(named)) t.ok(existsSync(join(ROOT, path)), path)
})
