import { type ExecFileOptions, execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import rootPackage from '../../package.json' with { type: 'json' }
import verifierPackage from '../../verifier/package.json' with { type: 'json' }
import { cleanEnvironment } from '../fixtures/environment.ts'
import { temporaryFolder } from '../fixtures/temporary-folder.ts'
import { startWorld } from '../routes/world.ts'
import { startIssuer } from './verifiers.ts'

// What npm would publish, packed, installed into an empty project, and used there on the oldest Node that it is for.

const ROOT = join(import.meta.dirname, '../..')
/** tap adds its own NODE_OPTIONS to every child, whatever its environment says. */
const run = (command: string, args: readonly string[], options: ExecFileOptions) =>
  promisify(execFile)('/usr/bin/env', ['-u', 'NODE_OPTIONS', command, ...args], { ...options, encoding: 'utf8' })

/** The environment of somebody who knows nothing of this repository: neither its packages nor its Node. */
function strangersEnvironment(): Record<string, string> {
  const path = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !folder.startsWith(join(ROOT, 'node_modules')))
  return cleanEnvironment({ PATH: path.join(delimiter) })
}

const SCRIPT = `
import Fastify from 'fastify'
import { createVerifier, InvalidTokenError } from 'tokenforge/verifier'
import { verifierPlugin } from 'tokenforge/verifier/fastify'

const [issuer, audience, token] = process.argv.slice(2)
const verifier = createVerifier({ issuer, audience })
await verifier.ready()
const { sub } = await verifier.verify(token)
const refusal = await verifier.verify(token + 'A').catch((error) => error)
const app = Fastify()
await app.register(verifierPlugin, { verifier })
app.get('/', { onRequest: app.requireAccessToken }, async (request) => request.accessToken.sub)
const answers = [await app.inject('/'), await app.inject({ url: '/', headers: { authorization: 'Bearer ' + token } })]
await app.close()
console.log(JSON.stringify({
  node: process.versions.node, sub, refused: refusal instanceof InvalidTokenError,
  answers: answers.map((answer) => [answer.statusCode, answer.body.includes(sub)]),
}))
`

const ALONE = `
import { createVerifier, UncheckableTokenError } from 'tokenforge/verifier'

const verifier = createVerifier({ jwksUri: 'https://auth.example.com/jwks.json', audience: ['a', 'b'], fetch })
await verifier.ready()
verifier.verify('').catch((error: unknown) => error instanceof UncheckableTokenError && error.retryAfterS > 0)
`

const CONSUMER = `
import Fastify from 'fastify'
import { createVerifier, InvalidTokenError, type Verifier, type VerifierState } from 'tokenforge/verifier'
import { verifierPlugin } from 'tokenforge/verifier/fastify'

const verifier: Verifier = createVerifier({ issuer: 'https://auth.example.com', audience: 'https://api.example.com' })
// @ts-expect-error an audience is required
createVerifier({ issuer: 'https://auth.example.com' })
const state: VerifierState = verifier.state()
verifier.on('revoked', ({ sessionId }) => sessionId.length)
// @ts-expect-error there is no such event
verifier.on('nothing', () => {})
const app = Fastify()
await app.register(verifierPlugin, { verifier })
app.get('/', { onRequest: app.requireAccessToken }, async (request) => {
  const subject: string = request.accessToken.sub
  const roles: readonly string[] = request.accessToken.roles ?? []
  return { subject, roles, following: state.following }
})
verifier.verify('').catch((error: unknown) => error instanceof InvalidTokenError && error.reason === 'malformed')
`

t.test('the package is what it says', async (t) => {
  t.equal(verifierPackage.name, rootPackage.name)
  t.equal(verifierPackage.version, rootPackage.version)
  const all = { ...rootPackage.dependencies, ...rootPackage.devDependencies }
  t.strictSame(verifierPackage.dependencies, { jose: all.jose })
})

t.test('installed into an empty project it verifies a real token, and its types are right', async (t) => {
  const folder = temporaryFolder(t)
  const env = strangersEnvironment()
  const major = Number((await run('node', ['-p', 'process.versions.node'], { env })).stdout.split('.')[0])
  if (!(major >= 20)) return void t.comment(`skipped: no Node of 20 or later beside ours, but ${major}`)

  // Packed from a copy, so that the repository stays as it is.
  const source = join(folder, 'source')
  mkdirSync(source)
  cpSync(join(ROOT, 'verifier'), join(source, 'verifier'), { recursive: true, filter: (path) => !/\/dist$/.test(path) })
  cpSync(join(ROOT, 'tsconfig.json'), join(source, 'tsconfig.json'))
  symlinkSync(join(ROOT, 'node_modules'), join(source, 'node_modules'))
  await run('npm', ['pack', '--pack-destination', folder], { cwd: join(source, 'verifier'), env })
  const tarball = join(folder, `tokenforge-${verifierPackage.version}.tgz`)
  const { stdout: listed } = await run('tar', ['-tzf', tarball], { env })
  t.notMatch(listed, /(?<!\.d)\.ts\n|tsconfig/, 'built files alone')

  const project = join(folder, 'project')
  mkdirSync(project)
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  const quiet = ['--no-audit', '--no-fund', '--no-update-notifier', '--prefer-offline']
  await run('npm', ['install', ...quiet, tarball], { cwd: project, env })
  // A hundred packages that are not what is tested.
  symlinkSync(join(ROOT, 'node_modules', 'fastify'), join(project, 'node_modules', 'fastify'))
  const installed = join(project, 'node_modules', 'tokenforge')
  t.notOk(existsSync(join(installed, 'node_modules')))
  const lock = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8'))
  t.strictSame(Object.keys(lock.packages['node_modules/tokenforge'].dependencies), ['jose'])

  const world = await startWorld(t)
  const { options, token } = await startIssuer(t, world)
  writeFileSync(join(project, 'script.js'), SCRIPT)
  const args = ['script.js', String(options.issuer), String(options.audience), await token()]
  const { stdout, stderr } = await run('node', args, { cwd: project, env, timeout: 20_000 })
  const said = JSON.parse(stdout)
  t.comment(`on Node ${said.node}`)
  t.match(said, {
    sub: String,
    refused: true,
    answers: [
      [401, false],
      [200, true],
    ],
  })
  t.equal(stderr, '', 'and it ended by itself, without a word')

  const tsc = (file: string, source: string, ...flags: string[]) => {
    writeFileSync(join(project, file), source)
    const all = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', ...flags, file]
    return run(join(ROOT, 'node_modules', '.bin', 'tsc'), all, { cwd: project, env: process.env })
  }
  await t.resolves(tsc('consumer.ts', CONSUMER, '--skipLibCheck'), 'with Fastify, whose own types need more')
  await t.resolves(tsc('alone.ts', ALONE), 'alone, declarations and all')
})
