import { existsSync } from 'node:fs'
import t from 'tap'
import { readArguments, scenarioFile, scenarioNames, UsageError } from '../../../chaos/runner/arguments.ts'

const KNOWN = ['redis-kill', 'zombie-db']

t.test('without names all scenarios are played, with names those, once each', async (t) => {
  t.strictSame(readArguments([], KNOWN).scenarios, KNOWN)
  t.strictSame(readArguments(['zombie-db', 'redis-kill', 'zombie-db'], KNOWN).scenarios, ['zombie-db', 'redis-kill'])
})

t.test('each scenario is a file', async (t) => {
  t.ok(scenarioNames().length >= 14)
  for (const name of scenarioNames()) t.ok(existsSync(scenarioFile(name)), name)
})

t.test('a deployment is named by its URL and its compose file', async (t) => {
  const args = ['--target', 'http://127.0.0.1:3000', '--compose', 'compose.yaml', '--redis-service', 'cache']
  t.strictSame(readArguments(args, KNOWN).target, {
    url: 'http://127.0.0.1:3000',
    composeFile: 'compose.yaml',
    redisService: 'cache',
  })
})

t.test('what can not be done is said in one line', async (t) => {
  const cases: [string[], RegExp][] = [
    [['zombie'], /^no scenario zombie; there are redis-kill, zombie-db$/],
    [['--targt'], /--targt/],
    [['--target', 'http://127.0.0.1:3000'], /^--target and --compose go together$/],
    [['--compose', 'compose.yaml'], /^--target and --compose go together$/],
    [['--target', 'ftp://a', '--compose', 'c'], /^--target ftp:\/\/a: not an http or https URL$/],
    [['--target', 'nonsense', '--compose', 'c'], /not an http or https URL$/],
    [['--redis-service', 'cache'], /^services are named for a --target only$/],
    [['--results'], /--results/],
  ]
  for (const [args, message] of cases) {
    let error: unknown
    try {
      readArguments(args, KNOWN)
    } catch (thrown) {
      error = thrown
    }
    t.type(error, UsageError, args.join(' '))
    t.match((error as Error).message, message)
  }
})
