import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { output, run } from '../../chaos/lab/drivers/compose-run.ts'
import { ROOT } from './settings.ts'

const BUILD_TIMEOUT_MS = 600_000

/**
 * Builds the server's image from a base image. It goes with the test, and so does what building it left behind.
 *
 * @returns how many seconds it took
 */
export async function buildImage(t: Test, tag: string, base: string): Promise<number> {
  const there = new Set((await output(['docker', 'images', '--all', '--quiet'])).split('\n'))
  let log = ''
  t.teardown(async () => {
    await run(['docker', 'rmi', tag])
    // The older builder keeps its stages as images without a name; what comes later hangs on what came before.
    const stages = [...log.matchAll(/^ ---> ([0-9a-f]{12})$/gm)].flatMap(([, id = '']) => (there.has(id) ? [] : [id]))
    for (const id of new Set(stages.reverse())) await run(['docker', 'rmi', id])
    await run(['docker', 'rmi', `${tag}-base`])
  })
  const start = performance.now()
  const options = ['--network', 'host', '--force-rm', '--tag', tag]
  const builder = await trusting(base, `${tag}-base`)
  log = await build([...options, '--build-arg', `BASE_IMAGE=${builder}`, ROOT])
  return (performance.now() - start) / 1000
}

/** A base image with the certificates that Node was told to trust here: a registry may be behind a proxy that opens TLS. */
async function trusting(base: string, tag: string): Promise<string> {
  const { NODE_EXTRA_CA_CERTS: certificates } = process.env
  if (!certificates) return base
  const folder = mkdtempSync(join(tmpdir(), 'tokenforge-image-'))
  const lines = [
    `FROM ${base}`,
    'COPY ca.pem /etc/ssl/build-ca.pem',
    'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/build-ca.pem',
    '',
  ]
  try {
    copyFileSync(certificates, join(folder, 'ca.pem'))
    writeFileSync(join(folder, 'Dockerfile'), lines.join('\n'))
    await build(['--tag', tag, folder])
    return tag
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function build(args: readonly string[]): Promise<string> {
  return output(['docker', 'build', ...args], { timeoutMs: BUILD_TIMEOUT_MS })
}
