import { join } from 'node:path'
import t from 'tap'
import { readNdjson } from '../../../chaos/report/ndjson.ts'

t.test('values come one at a time, over the edges of the chunks that are read', async (t) => {
  const long = '€'.repeat(700_000)
  const folder = t.testdir({ 'a.ndjson': `{"n":1}\n\n{"n":"${long}"}\n{"n":3}` })
  t.strictSame([...readNdjson(join(folder, 'a.ndjson'))], [{ n: 1 }, { n: long }, { n: 3 }])
})

t.test('a torn last line is left out, any other is an error with its number', async (t) => {
  const folder = t.testdir({ torn: '{"n":1}\n{"n":', broken: '{"n":1}\n{"n":\n{"n":3}\n', empty: '' })
  t.strictSame([...readNdjson(join(folder, 'torn'))], [{ n: 1 }])
  t.throws(() => [...readNdjson(join(folder, 'broken'))], /broken:2 is no JSON/)
  t.strictSame([...readNdjson(join(folder, 'empty'))], [])
})
