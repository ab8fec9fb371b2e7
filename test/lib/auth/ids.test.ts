import t from 'tap'
import { idBytes, idOfBytes, idTime, isId, newId } from '../../../lib/auth/ids.ts'

t.test('an id tells when it was made', async (t) => {
  for (const time of [0, 1, Date.UTC(2026, 0, 1), 2 ** 48 - 1]) t.equal(idTime(newId(time)), time)
  t.equal(idTime(newId(1.9)), 1, 'in whole milliseconds')
})

t.test('ids sort by time, and no two are the same', async (t) => {
  const ids = Array.from({ length: 1000 }, (_, i) => newId(1_700_000_000_000 + Math.floor(i / 10)))
  t.equal(new Set(ids).size, 1000)
  const times = ids.toSorted().map(idTime)
  t.strictSame(times, times.toSorted())
})

t.test('all but the time is random', async (t) => {
  const ids = Array.from({ length: 1000 }, () => idBytes(newId(0)))
  for (let byte = 6; byte < 16; byte += 1) {
    // Of 1,000 bytes with 4, 6 or 8 random bits each value comes up, or nearly.
    const values = new Set(ids.map((id) => id[byte] as number))
    t.ok(values.size > (byte === 6 ? 15 : byte === 8 ? 56 : 220), `${values.size} values of byte ${byte}`)
  }
})

t.test('as bytes and back', async (t) => {
  const id = '01890a5d-ac96-774b-bcce-b302099a8057'
  t.equal(idBytes(id).toString('hex'), '01890a5dac96774bbcceb302099a8057')
  t.equal(idOfBytes(idBytes(id)), id)
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
