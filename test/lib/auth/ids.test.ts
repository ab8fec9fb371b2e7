import t from 'tap'
import { idTime, isId, newId } from '../../../lib/auth/ids.ts'

t.test('an id tells when it was made', async (t) => {
  for (const time of [0, 1, Date.UTC(2026, 0, 1), 2 ** 48 - 1]) t.equal(idTime(newId(time)), time)
})

t.test('ids sort by time, and no two are the same', async (t) => {
  const ids = Array.from({ length: 1000 }, (_, i) => newId(1_700_000_000_000 + Math.floor(i / 10)))
  t.equal(new Set(ids).size, 1000)
  const times = ids.toSorted().map(idTime)
  t.strictSame(times, times.toSorted())
})

t.test('what an id is', async (t) => {
  t.ok(isId(newId(0)))
  t.ok(isId('01890a5d-ac96-774b-bcce-b302099a8057'))
  for (const text of [
    '',
    '@',
    'x',
    '01890a5d-ac96-474b-bcce-b302099a8057',
    '01890a5dac96774bbcceb302099a8057',
    '{01890a5d-ac96-774b-bcce-b302099a8057}',
    '01890a5d-ac96-774b-bcce-b302099a8057 ',
  ]) {
    t.notOk(isId(text), JSON.stringify(text))
  }
})
