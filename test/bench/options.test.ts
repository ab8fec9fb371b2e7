import t from 'tap'
import { readOptions } from '../../bench/options.ts'

const NAMES = ['throughput', 'memory']

t.test('without options everything is played three times and nothing is kept', async (t) => {
  t.match(readOptions([], NAMES), { only: '', quick: false, rounds: 3, write: false, check: false })
})

t.test('bad options get one line', async (t) => {
  for (const args of [['--rounds', '0'], ['--rounds', 'x'], ['--rounds', '26'], ['--only', 'nothing'], ['--fast']]) {
    t.throws(() => readOptions(args, NAMES), { name: 'TypeError', message: /^[^\n]+$/ }, args.join(' '))
  }
})
