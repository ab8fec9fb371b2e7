import t from 'tap'
import { count, decimal, duration, milliseconds, plural, seconds } from '../../../chaos/report/format.ts'

t.test('numbers have about three digits that matter', async (t) => {
  const written = [0, 0.4213, 1, 3.14, 9.96, 47.4, 1250.4].map(decimal)
  t.strictSame(written, ['0', '0.42', '1', '3.1', '10', '47', '1,250'])
})

t.test('durations', async (t) => {
  t.strictSame([0, 0.42, 3.14, 47, 999.4, 999.5, 1250, 5000, 12_340].map(milliseconds), [
    '0 ms',
    '0.42 ms',
    '3.1 ms',
    '47 ms',
    '999 ms',
    '1 s',
    '1.25 s',
    '5 s',
    '12.3 s',
  ])
  t.strictSame([40_000, 99_949, 99_950, 725_000].map(duration), ['40.0 s', '99.9 s', '1 min 40 s', '12 min 5 s'])
  t.equal(seconds(12_345), '12.3 s')
})

t.test('counts', async (t) => {
  t.equal(count(1_234_567), '1,234,567')
  t.equal(plural(1, 'claim'), '1 claim')
  t.equal(plural(2000, 'claim'), '2,000 claims')
  t.equal(plural(0, 'entry', 'entries'), '0 entries')
})
