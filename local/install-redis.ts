import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

interface PackageManager {
  name: string
  /** Command lines to try one after the other; each is a list of commands that must all succeed. */
  ways: string[][][]
  /** Whether it wants to be root, or refuses to be. */
  root: boolean
}

const MANAGERS: PackageManager[] = [
  {
    name: 'apt-get',
    ways: [
      [
        ['apt-get', 'update', '-qq'],
        ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=60', 'redis-server'],
      ],
    ],
    root: true,
  },
  {
    name: 'dnf',
    // Newer Fedora and its kin have Valkey only.
    ways: [[['dnf', 'install', '-y', '-q', 'valkey']], [['dnf', 'install', '-y', '-q', 'redis']]],
    root: true,
  },
  {
    name: 'apk',
    ways: [[['apk', 'add', '--no-cache', '-q', 'redis']], [['apk', 'add', '--no-cache', '-q', 'valkey']]],
    root: true,
  },
  { name: 'brew', ways: [[['brew', 'install', '--quiet', 'redis']]], root: false },
]

const TIMEOUT = 180_000

/**
 * Installs Redis through the system's package manager, if there is one that does it without a question: as root, or
 * with a sudo that needs no password. What the commands print is kept back unless all of them fail.
 *
 * @param say told before a package manager starts, since that can take a while
 * @returns why it did not work, or `undefined` when it did or when nothing could be tried
 */
export async function installRedis(
  say: (text: string) => void,
  env: NodeJS.ProcessEnv = process.env,
  uid: number | undefined = process.getuid?.(),
): Promise<string | undefined> {
  const prefix = uid === 0 ? [] : (await succeeds(['sudo', '-n', 'true'], env)) ? ['sudo', '-n'] : undefined
  let problem: string | undefined
  for (const { name, ways, root } of MANAGERS) {
    const before = root ? prefix : uid === 0 ? undefined : []
    if (before === undefined || !(await succeeds([name, '--version'], env))) continue
    say(`not found, installing it with ${[...before, name].join(' ')}, which may take a minute`)
    for (const commands of ways) {
      problem = await runAll(
        commands.map((command) => [...before, ...command]),
        env,
      )
      if (problem === undefined) return undefined
    }
  }
  return problem
}

async function runAll(commands: string[][], env: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const [file = '', ...args] of commands) {
    try {
      await run(file, args, { env: { ...env, DEBIAN_FRONTEND: 'noninteractive' }, timeout: TIMEOUT })
    } catch (error) {
      const { stderr, message } = error as { stderr?: string; message: string }
      return `${[file, ...args].join(' ')}: ${stderr?.trim().split('\n').at(-1) || message.split('\n')[0]}`
    }
  }
  return undefined
}

function succeeds([file = '', ...args]: string[], env: NodeJS.ProcessEnv): Promise<boolean> {
  return run(file, args, { env, timeout: 10_000 }).then(
    () => true,
    () => false,
  )
}
