import type { DependencyName } from '../lab.ts'
import type { Container } from './compose-containers.ts'

/** What tells a service by its name, and by the name of its image. */
const KINDS: Readonly<Record<DependencyName, { title: string; names: readonly string[]; image: RegExp }>> = {
  postgres: {
    title: 'Postgres',
    names: ['postgres', 'postgresql', 'db', 'database'],
    image: /postgres|postgis|pgvector|timescale/,
  },
  redis: { title: 'Redis', names: ['redis', 'valkey', 'cache'], image: /redis|valkey|keydb|dragonfly/ },
}

/**
 * Which service of a project is the Postgres or the Redis: the one that was named, else the one whose name tells, else the
 * one whose image tells.
 *
 * @throws an error that names the services, when there is none or more than one
 */
export function pickService(kind: DependencyName, containers: readonly Container[], named?: string): string {
  if (named !== undefined) return existing(containers, named)
  const { title, names, image } = KINDS[kind]
  const services = (of: readonly Container[]) => [...new Set(of.map(({ service }) => service))]
  const byName = services(containers.filter(({ service }) => names.includes(service)))
  const byImage = services(containers.filter((container) => image.test(repository(container.image))))
  const [service, ...others] = byName.length > 0 ? byName : byImage
  if (service === undefined || others.length > 0) {
    throw new Error(`which service is ${title}? There are ${listed(containers)}: name one with --${kind}-service`)
  }
  return service
}

/** @throws an error that names the services, when this is not one of them */
export function existing(containers: readonly Container[], service: string): string {
  if (containers.some((each) => each.service === service)) return service
  throw new Error(`there is no service ${service}, there are ${listed(containers)}`)
}

function listed(containers: readonly Container[]): string {
  return [...new Set(containers.map(({ service, image }) => `${service} (${image})`))].join(', ')
}

/** The last part of an image's name, without registry, owner, tag and digest. */
function repository(image: string): string {
  const [name = ''] = (image.split('/').at(-1) ?? '').split(/[:@]/)
  return name
}
