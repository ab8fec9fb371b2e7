import { spawnSync } from 'node:child_process'
import { globSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { cleanEnvironment, nodeCommand } from '../fixtures/environment.ts'
import { reporter } from './report.ts'
import { isSuite, suitesOf } from './suites.ts'

const ROOT = join(import.meta.dirname, '../..')

t.test('every test file is in one suite or runs alone', async (t) => {
  const files = globSync('test/**/*.test.ts', { cwd: ROOT }).sort()
  const { suites, alone } = suitesOf(files)
  t.strictSame([...[...suites.values()].flat(), ...alone].sort(), files)
  t.ok([...suites.keys()].every(isSuite))
  t.ok([...suites.values()].every(({ length }) => length > 1))
  t.notOk(alone.some(isSuite))
})

t.test('a folder is divided evenly, and one file needs no suite', async (t) => {
  const files = Array.from({ length: 25 }, (_, i) => `test/routes/${i}.test.ts`)
  const sizes = [...suitesOf([...files, 'test/plugins/a.test.ts']).suites.values()].map(({ length }) => length)
  t.strictSame(sizes, [8, 8, 9])
  const few = ['test/plugins/a.test.ts', 'test/dev/b.test.ts', 'test/dev/c.test.ts']
  t.strictSame(suitesOf(few), { suites: new Map(), alone: few })
})

// Each says when it begins and ends; what fails in one is told, and the next runs all the same.
const test = (name: string, body = '') => `
import t from 'tap'
import { told } from './told.mjs'
told.push('${name} begins')
t.teardown(() => told.push('${name} ends'))
await new Promise((resolve) => setTimeout(resolve, 5))
t.test('first', async (t) => {
  t.teardown(() => told.push('${name}, first'))
  t.equal(1, 1)
})
t.test('second', async () => told.push('${name}, second'))
${body}
`

t.test('files in a suite run one after the other, as if each were alone', async (t) => {
  const folder = t.testdir({
    'told.mjs': "export const told = []\nprocess.on('exit', () => console.error(told.join('\\n')))\n",
    'a.test.mjs': test('a', "throw new Error('lost')"),
    'b.test.mjs': test('b', "t.test('third', async (t) => t.fail('no'))"),
    'c.test.mjs': test('c'),
    'suite.mjs': `
import { runSuite } from ${JSON.stringify(join(import.meta.dirname, 'suite.ts'))}
runSuite(['a', 'b', 'c'].map((name) => import.meta.dirname + '/' + name + '.test.mjs'))`,
  })
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  const [file, args] = nodeCommand(join(folder, 'suite.mjs'))
  const { status, stdout, stderr } = spawnSync(file, args, { env: cleanEnvironment(), encoding: 'utf8' })
  t.equal(status, 1)
  t.strictSame(stderr.trim().split('\n'), [
    ...['a begins', 'a, first', 'a, second', 'a ends'],
    ...['b begins', 'b, first', 'b, second', 'b ends'],
    ...['c begins', 'c, first', 'c, second', 'c ends'],
  ])
  const told = stdout.replaceAll(`${folder}/`, '').split('\n').map(reporter()).join('')
  t.strictSame(
    told.match(/^(ok|failed|FAILED) .*/gm)?.map((line) => line.replace(/ +(\d+\.\d s)? +/, ' ')),
    [
      ...['FAILED a.test.mjs > lost', 'failed a.test.mjs'],
      ...['FAILED b.test.mjs > third > no', 'failed b.test.mjs'],
      'ok c.test.mjs',
    ],
  )
})
