import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { type Container, containerOf } from '../../chaos/lab/drivers/compose-containers.ts'
import { output, run } from '../../chaos/lab/drivers/compose-run.ts'
import { findCompose } from './compose-command.ts'
import { ROOT } from './settings.ts'

/** compose.yaml under a project name of its own. */
export interface Project {
  readonly name: string
  /** Runs Compose on it and gives what it wrote. Throws its last words when it fails. */
  compose(...args: string[]): Promise<string>
  container(service: string): Promise<Container>
  /** Reads something of a service's container: a Go template for `docker inspect`. */
  inspect(service: string, template: string): Promise<string>
  /** Runs a shell in a service's container; gives its exit code and what it wrote. */
  shell(service: string, script: string): Promise<{ code: number | undefined; text: string }>
  /** Names of the containers, volumes and networks of the project, those without a name that its images brought as well. */
  leftovers(): Promise<string[]>
  /** Ends it and removes everything of it. */
  remove(): Promise<void>
}

/** Takes a name for a project; nothing of it is there yet. It is removed with the test. */
export async function openProject(t: Test, name: string, variables: Record<string, string>): Promise<Project> {
  const command = (await findCompose()) ?? []
  const folder = mkdtempSync(join(tmpdir(), 'tokenforge-deploy-'))
  const file = join(folder, 'settings')
  writeFileSync(
    file,
    Object.entries(variables)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
    { mode: 0o600 },
  )
  // The variables of the shell would go before those of the file.
  const unset = Object.keys(variables).flatMap((key) => ['-u', key])
  const words = ['env', ...unset, ...command, '--project-name', name, '--file', join(ROOT, 'compose.yaml')]
  /** Volumes without a name, which no label ties to the project. */
  const nameless = new Set<string>()

  const compose = (...args: string[]) => output([...words, '--env-file', file, ...args], { cwd: ROOT })
  const container = (service: string) => containerOf(name, service)

  async function noteVolumes(): Promise<void> {
    const ids = await list('ps', '--all')
    const template = '{{range .Mounts}}{{if eq .Type "volume"}}{{println .Name}}{{end}}{{end}}'
    for (const id of ids) {
      const { stdout } = await run(['docker', 'inspect', '--format', template, id])
      for (const volume of stdout.split('\n').filter((each) => /^[0-9a-f]{64}$/.test(each))) nameless.add(volume)
    }
  }

  async function list(...args: string[]): Promise<string[]> {
    const filter = ['--filter', `label=com.docker.compose.project=${name}`]
    return (await output(['docker', ...args, '--quiet', ...filter])).split('\n').filter(Boolean)
  }

  async function leftovers(): Promise<string[]> {
    const volumes = (await output(['docker', 'volume', 'ls', '--quiet'])).split('\n')
    const lists = [list('ps', '--all'), list('volume', 'ls'), list('network', 'ls')]
    return [...(await Promise.all(lists)).flat(), ...volumes.filter((each) => nameless.has(each))]
  }

  async function remove(): Promise<void> {
    await noteVolumes()
    await compose('down', '--volumes', '--remove-orphans')
    // A `down` without --volumes leaves them.
    for (const volume of nameless) await run(['docker', 'volume', 'rm', volume])
  }

  t.teardown(async () => {
    await remove()
    rmSync(folder, { recursive: true })
  })
  return {
    name,
    async compose(...args) {
      await noteVolumes()
      return compose(...args)
    },
    container,
    async inspect(service, template) {
      const { id } = await container(service)
      return (await output(['docker', 'inspect', '--format', template, id])).trim()
    },
    async shell(service, script) {
      const { id } = await container(service)
      const { code, stdout, stderr } = await run(['docker', 'exec', id, 'sh', '-c', script])
      return { code, text: (stdout + stderr).trim() }
    },
    leftovers,
    remove,
  }
}
