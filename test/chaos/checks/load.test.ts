import t from 'tap'
import { loadKeptUp } from '../../../chaos/checks/index.ts'
import { LOAD_SOURCE } from '../../../chaos/workload/open-loop.ts'
import { isBad, isGood, Past } from './past.ts'

t.test('load-kept-up', async (t) => {
  const kept = loadKeptUp({ lateMs: 100 })
  isGood(t, kept, new Past(), 0, 'nothing')
  isGood(t, kept, new Past().call(50, 'me', '200', { due: 0 }), 1, 'a little late')
  isBad(t, kept, new Past().call(150, 'me', '200', { due: 0 }), [/me was sent 150 ms late/], 'late')
  const sample = (count: number) =>
    ({ type: 'sample', source: LOAD_SOURCE, values: { missed_refresh: count } }) as const
  const missing = () => new Past().call(0, 'me', '200').add(5, sample(3)).add(6, sample(4))
  isGood(t, kept, missing(), 1, 'some had nobody to do them')
  isBad(t, loadKeptUp({ missed: 5 }), missing(), [/7 operations found nobody/], 'too many')
})
