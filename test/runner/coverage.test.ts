import t from 'tap'
import { coverageOf, coverageTable, readLcov } from './coverage.ts'

const REPORT = `TN:
SF:src/half.ts
DA:1,1
DA:2,0
DA:3,0
DA:4,1
DA:5,0
end_of_record
TN:
SF:src/full.ts
DA:1,7
end_of_record
`

t.test('every source file counts, also those that no test has loaded', async (t) => {
  const dir = t.testdir({
    src: {
      'half.ts': '',
      'full.ts': '',
      'never.ts': 'export const a: number = 1\nexport const b = 2\n',
      'types.ts':
        '/** Text: https://example.com */\nexport interface A {\n  a: number // of something\n}\nexport type B = A\n',
    },
  })
  const before = process.cwd()
  process.chdir(dir)
  t.teardown(() => process.chdir(before))
  const files = coverageOf(['src/*.ts'], readLcov(REPORT))
  t.same(
    files.map(({ file, lines, covered }) => [file, lines, covered]),
    [
      ['src/full.ts', 1, 1],
      ['src/half.ts', 5, 2],
      ['src/never.ts', 2, 0],
    ],
  )
  t.equal(
    coverageTable(files),
    [
      'coverage of lib/ and plugins/: 37.5 % of 8 lines in 3 files',
      '   40.0 %  src/half.ts: 2-3, 5',
      '    0.0 %  src/never.ts: 1-2',
    ].join('\n'),
  )
})
