import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { childServer } from '../../local/child-server.ts'
import { findProgram } from '../../local/find-program.ts'
import { onFreePort } from '../../local/ports.ts'

/** What is said when there is none. */
export const NO_PROMETHEUS = 'there is no prometheus on the path: apt-get install prometheus'

const INTERVAL = '1s'
const ASK_MS = 5000

export interface PrometheusOptions {
  /** Files with rules, absolute paths. */
  readonly ruleFiles: readonly string[]
  /** What is scraped: servers with a name and a base URL, by job. */
  readonly jobs: Readonly<Record<string, readonly { readonly name: string; readonly url: string }[]>>
}

/** A rule as Prometheus sees it now (`GET /api/v1/rules`). */
export interface RuleState {
  readonly name: string
  /** `unknown` until it was evaluated once. */
  readonly health: 'ok' | 'unknown' | 'err'
  readonly alerts: readonly {
    readonly state: 'pending' | 'firing'
    readonly labels: Readonly<Record<string, string>>
    readonly annotations: Readonly<Record<string, string>>
  }[]
}

/** A running Prometheus. */
export interface Prometheus {
  readonly url: string
  readonly version: string
  /** All alerting rules. */
  rules(): Promise<readonly RuleState[]>
}

interface Ground {
  /** The lab's. */
  readonly folder: string
  /** Where its log goes; into its own folder when it is left out. */
  readonly logFolder: string | undefined
  /** Takes what ends it. */
  readonly stack: AsyncDisposableStack
}

/**
 * Starts the Prometheus of this machine, which scrapes and evaluates once a second. Its data is in the folder of the lab, and
 * goes with it. The label `instance` is the name of a server.
 *
 * @throws an error whose message is fit for the terminal
 */
export async function startPrometheus(
  { ruleFiles, jobs }: PrometheusOptions,
  { folder, logFolder, stack }: Ground,
): Promise<Prometheus> {
  const program = findProgram('prometheus')
  if (program === undefined) throw new Error(NO_PROMETHEUS)
  const cwd = join(folder, 'prometheus')
  await mkdir(cwd, { recursive: true })
  const scrape = Object.entries(jobs).map(([job, servers]) => ({
    job_name: job,
    static_configs: servers.map(({ name, url }) => ({ targets: [new URL(url).host], labels: { instance: name } })),
  }))
  const global = { scrape_interval: INTERVAL, scrape_timeout: INTERVAL, evaluation_interval: INTERVAL }
  const config = join(cwd, 'prometheus.json')
  // JSON is YAML as well.
  await writeFile(config, JSON.stringify({ global, rule_files: ruleFiles, scrape_configs: scrape }))

  return onFreePort(async (port) => {
    const url = `http://127.0.0.1:${port}`
    const server = childServer({
      name: 'Prometheus',
      url,
      port,
      logFile: join(logFolder ?? cwd, 'prometheus.log'),
      recordFile: join(cwd, 'prometheus.pid.json'),
      cwd,
      command: { file: program, args: argumentsFor(port, config), options: {} },
      stopSignal: 'SIGTERM',
      isReady: () => isReady(url),
    })
    stack.defer(() => server.kill())
    await server.start()
    const { version } = (await ask(url, 'status/buildinfo')) as { version: string }
    return { url, version, rules: () => readRules(url) }
  })
}

function argumentsFor(port: number, config: string): string[] {
  return [
    `--config.file=${config}`,
    '--storage.tsdb.path=data',
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=warn',
  ]
}

async function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/-/ready`, { signal: AbortSignal.timeout(ASK_MS) }).then(
    async (answer) => (await answer.text()) !== '' && answer.ok,
    () => false,
  )
}

async function readRules(url: string): Promise<readonly RuleState[]> {
  const { groups } = (await ask(url, 'rules?type=alert')) as { groups: { rules: RuleState[] }[] }
  return groups.flatMap(({ rules }) => rules)
}

async function ask(url: string, path: string): Promise<unknown> {
  const answer = await fetch(`${url}/api/v1/${path}`, { signal: AbortSignal.timeout(ASK_MS) })
  if (!answer.ok) throw new Error(`Prometheus answers ${answer.status} to ${path}`)
  return ((await answer.json()) as { data: unknown }).data
}
