import t from 'tap'
import { UsageError } from '../../../chaos/runner/arguments.ts'
import { readArguments, USAGE } from '../../../chaos/soak/arguments.ts'

const read = (line: string) => readArguments(line === '' ? [] : line.split(' '))

function isUsage(work: () => unknown): boolean {
  try {
    work()
    return false
  } catch (error) {
    return error instanceof UsageError
  }
}

t.test('what is asked for', async (t) => {
  t.match(read(''), { source: { minutes: 3, seed: undefined }, shrinkMinutes: 10, keepGoing: false })
  t.match(read('--minutes 20 --seed 7'), { source: { minutes: 20, seed: 7 } })
  t.match(read('--minutes 0.25 --seed 0'), { source: { minutes: 0.25, seed: 0 } })
  t.match(read('--seed 4294967295'), { source: { seed: 4_294_967_295 } })
  t.strictSame(read('--plan shrunk.json').source, { plan: 'shrunk.json' })
  const more = { shrinkMinutes: 0, keepGoing: true, results: 'here', mutation: '401-on-outage' }
  t.match(read('--shrink-minutes 0 --keep-going --results here --mutation 401-on-outage'), more)
})

t.test('what can not be done is an error that says so', async (t) => {
  for (const [line, message] of [
    ['--minutes ten', /--minutes ten: not a number of minutes/],
    ['--minutes 0', /--minutes 0: nothing would be played/],
    ['--minutes 2000', /--minutes 2000: not a number of minutes up to 1440/],
    ['--minutes=-1', /--minutes -1: not a number/],
    ['--seed 1.5', /--seed 1\.5: not a whole number/],
    ['--seed 4294967296', /--seed 4294967296: not a whole number below/],
    ['--shrink-minutes x', /--shrink-minutes x: not a number/],
    ['--plan a.json --seed 1', /--plan FILE says it all/],
    ['--plan a.json --minutes 1', /--plan FILE says it all/],
    ['--mutation rust', /no mutation rust; there are/],
    ['--fast', /--fast/],
    ['redis-kill', /redis-kill/],
    ['--seed', /--seed/],
  ] as const) {
    t.throws(() => read(line), message, line)
    t.ok(isUsage(() => read(line)))
  }
  t.match(USAGE, /npm run chaos:soak/)
})
