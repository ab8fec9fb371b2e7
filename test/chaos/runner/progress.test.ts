import t from 'tap'
import { progress } from '../../../chaos/runner/progress.ts'

t.test('tap output becomes a heading, a line for each step, and what failed', async (t) => {
  const show = progress()
  const lines = [
    'TAP version 14',
    '# Subtest: chaos/scenarios/zombie-db.test.ts',
    '    # Subtest: the title',
    '        # postgres stopped',
    '        ok 1 - the breaker opens: 12 ms',
    '        not ok 2 - a login: 500',
    '          ---',
    '          at: somewhere',
    '          ...',
    '        ok 3 - after it',
    '        1..3',
    '    # time=12.3ms',
    '    ok 2 - skipped one # SKIP needs the network',
    'not ok 1 - chaos/scenarios/zombie-db.test.ts # time=1ms',
    '# { total: 3, pass: 2, fail: 1 }',
  ]
  t.equal(
    lines.map(show).join(''),
    [
      '',
      'zombie-db',
      '        postgres stopped',
      '  ok    the breaker opens: 12 ms',
      '  FAIL  a login: 500',
      '          ---',
      '          at: somewhere',
      '          ...',
      '  ok    after it',
      '  skip  skipped one needs the network',
      '',
    ].join('\n'),
  )
})
