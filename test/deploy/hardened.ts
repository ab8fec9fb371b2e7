import type { Test } from 'tap'
import { output } from '../../chaos/lab/drivers/compose-run.ts'
import type { Project } from './project.ts'

/** The folders that each service may write to. */
const WRITABLE: Readonly<Record<string, readonly string[]>> = {
  server: ['/var/lib/tokenforge'],
  postgres: ['/tmp', '/var/lib/postgresql', '/var/run/postgresql'],
  redis: ['/data'],
}

/** What a container can't do, tried in it. */
export async function isHardened(t: Test, project: Project, service: string): Promise<void> {
  const status = (await project.shell(service, 'cat /proc/1/status')).text
  const field = (name: string) => new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(status)?.[1]
  t.not(field('Uid'), '0', 'no root')
  for (const name of ['CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) t.match(field(name), /^0+$/, name)
  t.equal(field('NoNewPrivs'), '1', 'gains no privileges')
  t.equal(field('Seccomp'), '2', 'the seccomp filter of the engine')

  const limits = (await project.shell(service, 'cat /proc/1/limits')).text
  t.match(limits, /^Max core file size +0 +0 /m, 'no core dump')
  if (service === 'server') {
    t.match(limits, /^Max open files +20000 +20000 /m, 'more than MAX_CONNECTIONS')
    const raising = 'find / -xdev -type f \\( -perm -4000 -o -perm -2000 \\) 2>/dev/null'
    t.equal((await project.shell(service, raising)).text, '', 'no program that gives more rights')
  }

  const folders = [
    '/',
    '/app',
    '/data',
    '/etc',
    '/home',
    '/root',
    '/tmp',
    '/usr/bin',
    '/var/tmp',
    '/var/lib/postgresql',
    '/var/lib/tokenforge',
  ]
  const script = `for folder in ${folders.join(' ')} /var/run/postgresql; do
    [ ! -d $folder ] || { touch $folder/intruder && rm $folder/intruder && echo "wrote $folder"; } 2>/dev/null
  done; true`
  const wrote = [...(await project.shell(service, script)).text.matchAll(/^wrote (.*)$/gm)].map(([, folder]) => folder)
  t.same(wrote, WRITABLE[service], 'the folders that it can write to')

  t.match(await project.inspect(service, '{{.HostConfig.Memory}} {{.HostConfig.PidsLimit}}'), /^[1-9]\d+ [1-9]\d+$/)
  t.equal(await project.inspect(service, '{{.HostConfig.RestartPolicy.Name}}'), 'unless-stopped')
}

/** Neither can the rest of the world get at a database, nor a database at it. */
export async function isOutOfReach(t: Test, project: Project, service: string): Promise<void> {
  t.equal(await project.inspect(service, '{{len .HostConfig.PortBindings}}'), '0', 'nothing is published')
  const networks = await project.inspect(
    service,
    '{{range $name, $_ := .NetworkSettings.Networks}}{{println $name}}{{end}}',
  )
  t.equal(networks, `${project.name}_data`)
  t.equal((await output(['docker', 'network', 'inspect', '--format', '{{.Internal}}', networks])).trim(), 'true')
}
