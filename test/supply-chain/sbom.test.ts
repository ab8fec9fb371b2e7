import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import packageJson from '../../package.json' with { type: 'json' }
import { cleanEnvironment, nodeCommand } from '../fixtures/environment.ts'

const ROOT = join(import.meta.dirname, '../..')
const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, { version: string; dev?: boolean; integrity?: string }>
}

t.test('the bill of materials has every package of production with its content, and no other', async (t) => {
  const [, ...words] = packageJson.scripts.sbom.split(' ')
  const [file, args] = nodeCommand(...words)
  const { stdout } = await promisify(execFile)(file, args, { cwd: ROOT, env: cleanEnvironment(), maxBuffer: 2 ** 26 })
  const sbom = JSON.parse(stdout) as {
    bomFormat: string
    dependencies: { ref: string; dependsOn: string[] }[]
    components: { 'bom-ref': string; purl: string; hashes: { alg: string; content: string }[] }[]
  }
  t.equal(sbom.bomFormat, 'CycloneDX')
  const expected = Object.entries(lock.packages).flatMap(([path, { version, dev, integrity = '' }]) => {
    if (path === '' || dev === true) return []
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
    const hash = Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex')
    return [`${name}@${version} ${hash}`]
  })
  const found = sbom.components.map((each) => `${each['bom-ref']} ${each.hashes[0]?.content}`)
  t.strictSame([...new Set(found)].toSorted(), [...new Set(expected)].toSorted())
  for (const name of Object.keys(packageJson.dependencies))
    t.ok(
      found.some((each) => each.startsWith(`${name}@`)),
      name,
    )
})
