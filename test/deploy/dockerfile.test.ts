import { execFileSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import t from 'tap'
import packageJson from '../../package.json' with { type: 'json' }
import { nodeCommand } from '../fixtures/environment.ts'
import { ROOT, read } from './settings.ts'

const dockerfile = read('Dockerfile')
const allowed = read('.dockerignore')
  .split('\n')
  .flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []))

t.test('the container runs what npm start runs', async (t) => {
  const words = (name: string) => JSON.parse(new RegExp(`^${name} (\\[.*\\])$`, 'm').exec(dockerfile)?.[1] ?? '[]')
  t.equal([...words('ENTRYPOINT'), ...words('CMD')].join(' '), packageJson.scripts.start)
})

t.test('it starts with what was compiled when the image was built, and with what Node brings along', async (t) => {
  // V8 takes no code that was compiled with other options, as far as they count for it.
  const options = packageJson.scripts.start.split(' ').filter((word) => word.startsWith('-'))
  const [tag, plain] = [options, []].map((given) => {
    const [file, args] = nodeCommand(...given, '--print', 'require("node:v8").cachedDataVersionTag()')
    return execFileSync(file, args, { encoding: 'utf8' })
  })
  t.equal(tag, plain)
  const caches = dockerfile.match(/NODE_COMPILE_CACHE=\S+/g)
  t.same(
    caches,
    Array(2).fill('NODE_COMPILE_CACHE=/app/node_modules/.cache/tokenforge'),
    'of the build, and of the server',
  )
})

t.test(
  'it runs as an ordinary user, with files that are not its own and no program that gives more rights',
  async (t) => {
    const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '))
    t.match(last, /^USER (?!0)\d+:\d+$/m)
    t.notMatch(last, /--chown|ADD |curl|wget/)
    t.match(last, /^RUN find \/ -xdev .* -exec chmod a-s \{\} \+$/m)
  },
)

t.test('nothing gets into the image that is not named', async (t) => {
  const lines = read('.dockerignore').split('\n')
  t.equal(
    lines.find((line) => line !== '' && !line.startsWith('#')),
    '*',
  )
  t.same(
    allowed.filter((name) => /^\.env|\*|^test|^chaos|^local|^\.git$/.test(name)),
    [],
  )
})

t.test('the image has every file that the server imports, and the packages of production alone', async (t) => {
  const sources = globSync(['*.ts', '{cli,lib,plugins,routes}/**/*.ts'], { cwd: ROOT })
  for (const source of sources) {
    t.ok(
      allowed.some((name) => source === name || source.startsWith(`${name}/`)),
      source,
    )
    // Types are gone when it runs.
    const code = read(source).replaceAll(/^import type [^']*'[^']+'/gm, '')
    for (const [, specifier = ''] of code.matchAll(/(?:from|import\()\s*'([^']+)'/g)) {
      if (isBuiltin(specifier)) continue
      if (specifier.startsWith('.')) {
        const file = join(source, '..', specifier)
        t.ok(
          allowed.some((name) => file === name || file.startsWith(`${name}/`)),
          `${source}: ${specifier}`,
        )
      } else {
        const name = specifier
          .split('/')
          .slice(0, specifier.startsWith('@') ? 2 : 1)
          .join('/')
        t.hasProp(packageJson.dependencies, name, `${source}: ${specifier}`)
      }
    }
  }
})
