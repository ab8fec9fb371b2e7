import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

// `npm run sbom`: the bill of materials of what runs in production, as CycloneDX, from the lock file alone. `npm sbom --omit dev`
// leaves out every package that a development dependency needs as well, `pg` for one; so all are listed, and these kept.

const ROOT = join(import.meta.dirname, '../..')

interface Sbom {
  components: { 'bom-ref': string; name: string }[]
  dependencies: { ref: string; dependsOn: string[] }[]
}

const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, { version: string; dev?: boolean }>
}
const production = new Set<string>()
for (const [path, { version, dev = false }] of Object.entries(packages)) {
  if (path !== '' && !dev) production.add(`${path.split('node_modules/').at(-1)}@${version}`)
}

const options = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only', '--offline']
const text = execFileSync('npm', options, {
  cwd: ROOT,
  encoding: 'utf8',
  maxBuffer: 2 ** 26,
  stdio: ['ignore', 'pipe', 'inherit'],
})
const { components, dependencies, ...rest } = JSON.parse(text) as Sbom
const kept = components.filter((each) => production.has(each['bom-ref']))
const refs = new Set(kept.map((each) => each['bom-ref']))
const tree = dependencies.flatMap(({ ref, dependsOn }) => {
  const isRoot = !components.some((each) => each['bom-ref'] === ref)
  return isRoot || refs.has(ref) ? [{ ref, dependsOn: dependsOn.filter((each) => refs.has(each)) }] : []
})
process.stdout.write(`${JSON.stringify({ ...rest, components: kept, dependencies: tree }, undefined, 2)}\n`)
