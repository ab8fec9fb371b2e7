import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { cellsOf, keepInStep, markdownTable } from '../../../chaos/tables/marked.ts'
import { temporaryFolder } from '../../fixtures/temporary-folder.ts'

const file = join(temporaryFolder(t), 'page.md')
const EMPTY = 'before\n\n<!-- weigh: npm run weigh -- --write -->\n\n<!-- /weigh -->\n\nafter\n'
const table = (weight: string) =>
  markdownTable([
    ['what', 'weight'],
    ['a pea', weight],
  ])
const firstCells = (text: string) => cellsOf(text).map(([first]) => first)

t.test('a table is put in its place, again and again, and nothing else changes', async (t) => {
  writeFileSync(file, EMPTY)
  for (const weight of ['1 g', '2 g']) {
    t.strictSame(keepInStep({ file, command: 'weigh' }, table(weight), { write: true }), [])
    t.equal(readFileSync(file, 'utf8'), EMPTY.replace('\n\n<!-- /', `\n\n${table(weight)}\n\n<!-- /`))
  }
  t.strictSame(cellsOf(table('2 g')), [['a pea', '2 g']])
})

t.test('a page that tells something else is noticed', async (t) => {
  const page = { file, command: 'weigh' }
  writeFileSync(file, EMPTY)
  t.strictSame(keepInStep(page, table('1 g'), {}), [])
  t.match(keepInStep(page, table('1 g'), { check: true }), [/npm run weigh -- --write/])
  keepInStep(page, table('1 g'), { write: true })
  t.strictSame(keepInStep(page, table('1 g'), { check: true }), [])
  t.equal(keepInStep(page, table('2 g'), { check: true }).length, 1)
  t.strictSame(keepInStep({ ...page, essence: firstCells }, table('2 g'), { check: true }), [], 'in what is compared')
})

t.test('a page without a place for it is an error', async (t) => {
  writeFileSync(file, EMPTY)
  t.throws(() => keepInStep({ file, command: 'measure' }, table('1 g'), { write: true }), /no place/)
})
