import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { RESULTS } from './orders.ts'

const SCENARIOS = join(import.meta.dirname, '../scenarios')
const SUFFIX = '.test.ts'

export const USAGE = `usage: npm run chaos [-- SCENARIO ... OPTION ...]

  SCENARIO             only these, for instance: zombie-db redis-kill
  --list               name the scenarios
  --pause-after-fault  wait for Enter while each fault holds, to look around or to strike by hand
  --results FOLDER     where results go (chaos/results)

  --target URL         play the black-box scenarios against a deployment that runs already ...
  --compose FILE       ... whose dependencies are services of this compose file
  --project NAME       its compose project, when it is not named after its folder
  --postgres-service NAME, --redis-service NAME, --auth-service NAME
                       which service is which, when their names or images do not tell

  CHAOS_DRIVER=docker|local|auto  what Postgres and Redis run in; auto takes Docker where an engine answers
  CHAOS_POSTGRES_IMAGE, CHAOS_REDIS_IMAGE  images for Docker`

/** A deployment that the harness did not start. */
export interface Target {
  readonly url: string
  readonly composeFile: string
  readonly project?: string
  readonly postgresService?: string
  readonly redisService?: string
  readonly authService?: string
}

export interface Arguments {
  /** Names, in the order in which they are played. */
  readonly scenarios: readonly string[]
  /** Whether somebody has named them. */
  readonly named: boolean
  readonly list: boolean
  readonly pauseAfterFault: boolean
  readonly results: string
  readonly target?: Target
}

/** What was asked for can't be done; the message is for the terminal. */
export class UsageError extends Error {}

/** The names of all scenarios, in alphabetical order. */
export function scenarioNames(): string[] {
  const files = readdirSync(SCENARIOS).filter((file) => file.endsWith(SUFFIX))
  return files.map((file) => file.slice(0, -SUFFIX.length)).sort()
}

export function scenarioFile(name: string): string {
  return join(SCENARIOS, name + SUFFIX)
}

/** @throws UsageError */
export function readArguments(args: readonly string[], known: readonly string[] = scenarioNames()): Arguments {
  const { values, positionals } = parsed(args)
  const unknown = positionals.filter((name) => !known.includes(name))
  if (unknown.length > 0) throw new UsageError(`no scenario ${unknown.join(', ')}; there are ${known.join(', ')}`)
  const { target: url, compose: composeFile } = values
  if ((url === undefined) !== (composeFile === undefined)) throw new UsageError('--target and --compose go together')
  const services = Object.entries({
    project: values.project,
    postgresService: values['postgres-service'],
    redisService: values['redis-service'],
    authService: values['auth-service'],
  }).filter(([, value]) => value !== undefined)
  if (url === undefined && services.length > 0) throw new UsageError('services are named for a --target only')
  if (url !== undefined && !/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
    throw new UsageError(`--target ${url}: not an http or https URL`)
  return {
    scenarios: positionals.length > 0 ? [...new Set(positionals)] : [...known],
    named: positionals.length > 0,
    list: values.list ?? false,
    pauseAfterFault: values['pause-after-fault'] ?? false,
    results: values.results ?? RESULTS,
    ...(url !== undefined &&
      composeFile !== undefined && {
        target: { url, composeFile, ...Object.fromEntries(services) },
      }),
  }
}

function parsed(args: readonly string[]) {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        list: flag,
        'pause-after-fault': flag,
        results: text,
        target: text,
        compose: text,
        project: text,
        'postgres-service': text,
        'redis-service': text,
        'auth-service': text,
      },
    })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
