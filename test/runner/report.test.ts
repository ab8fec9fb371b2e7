import t from 'tap'
import { reporter, totals } from './report.ts'

const OUTPUT = `TAP version 14
1..2
# Subtest: test/a.test.ts
    # Subtest: one
        ok 1 - fine
        # Subtest: inner
            not ok 1 - bad
              ---
              diag: |-
                ok 2 - not a test point
              ...
            1..1
        not ok 2 - inner # time=1ms
          ---
          at: {}
          ...
        1..2
    not ok 1 - one # time=2ms
    ok 2 - later # SKIP why
    1..2
not ok 1 - test/a.test.ts # time=57.396ms
  ---
  exitCode: 1
  ...

# Subtest: test/b.test.ts
    ok 1 - fine
    1..1
ok 2 - test/b.test.ts # time=1234ms

# { total: 4, pass: 2, fail: 1, skip: 1 }
# time=2859.68ms`

t.test('one line per file, and each failure once, with its path and details', async (t) => {
  const text = OUTPUT.split('\n').map(reporter()).join('')
  t.equal(
    text,
    [
      'FAILED  test/a.test.ts > one > inner > bad',
      '              ---',
      '              diag: |-',
      '                ok 2 - not a test point',
      '              ...',
      'failed   0.1 s  test/a.test.ts',
      'ok       1.2 s  test/b.test.ts',
      '',
    ].join('\n'),
  )
})

t.test('a file that fails without saying why is told with its details', async (t) => {
  const lines = ['# Subtest: test/c.test.ts', '    1..0', 'not ok 1 - test/c.test.ts # time=5ms', '  ---', '  ...', 'x']
  t.equal(lines.map(reporter()).join(''), 'failed   0.0 s  test/c.test.ts\nFAILED  test/c.test.ts\n  ---\n  ...\n')
})

const SUITES = `# Subtest: .tap/suites/lib-1.mjs
    # Subtest: test/lib/a.test.ts
        not ok 1 - bad
          ---
          ...
        1..1
    not ok 1 - test/lib/a.test.ts # time=1100ms
    # Subtest: test/lib/b.test.ts
        ok 1 - fine
        1..1
    ok 2 - test/lib/b.test.ts # time=20ms
    1..2
not ok 1 - .tap/suites/lib-1.mjs # time=2000ms

# Subtest: .tap/suites/lib-2.mjs
    # Subtest: test/lib/c.test.ts
        ok 1 - fine
        1..1
    ok 1 - test/lib/c.test.ts # time=100ms
    1..1
not ok 2 - .tap/suites/lib-2.mjs # time=3000ms
  ---
  signal: SIGKILL
  ...

# Subtest: .tap/suites/lib-3.mjs
    # Subtest: test/lib/d.test.ts
        ok 1 - fine
        1..1
    ok 1 - test/lib/d.test.ts # time=100ms
    1..1
ok 3 - .tap/suites/lib-3.mjs # time=500ms`

t.test('of a suite its files are told, and itself only when none of them says why it failed', async (t) => {
  t.equal(
    SUITES.split('\n').map(reporter()).join(''),
    [
      'FAILED  test/lib/a.test.ts > bad',
      '          ---',
      '          ...',
      'failed   1.1 s  test/lib/a.test.ts',
      'ok       0.0 s  test/lib/b.test.ts',
      'ok       0.1 s  test/lib/c.test.ts',
      'FAILED  .tap/suites/lib-2.mjs',
      '  ---',
      '  signal: SIGKILL',
      '  ...',
      'ok       0.1 s  test/lib/d.test.ts',
      '',
    ].join('\n'),
  )
})

t.test('the numbers of the closing line', async (t) => {
  t.same(totals(OUTPUT), { passed: 2, failed: 1, skipped: 1 })
  t.same(totals('# { total: 3, pass: 3 }'), { passed: 3, failed: 0, skipped: 0 })
  t.equal(totals('TAP version 14\n'), undefined)
})
