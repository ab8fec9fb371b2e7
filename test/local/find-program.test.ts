import { delimiter, dirname } from 'node:path'
import t from 'tap'
import { findProgram } from '../../local/find-program.ts'

t.test('the first of that name on the path that may be run', async (t) => {
  const folder = t.testdir({ node: 'no program', prometheus: 'no program' })
  const path = [folder, '', dirname(process.execPath)].join(delimiter)
  t.equal(findProgram('node', path), process.execPath)
  t.equal(findProgram('prometheus', folder), undefined, 'not what can not be run')
  t.equal(findProgram('node', ''), undefined)
})
