import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { openLab } from '../chaos/lab/open-lab.ts'
import { makeClients } from '../chaos/outage-table/clients.ts'
import { startServer } from '../chaos/outage-table/server-under-test.ts'
import { freePort } from '../local/ports.ts'

const USAGE = `usage: npm run footprint [-- OPTION ...]
  --starts N   how often the server is started (9)
  --seconds N  how long the mixed load lasts (60)`

const BARE = `require('node:http').createServer((q, r) => r.end()).listen(process.env.PORT, '127.0.0.1')`
const PAUSE_MS = 10
const MIB = 2 ** 20

/** Milliseconds from the spawn of a bare Node to its first answer. */
async function startBareNode(): Promise<number> {
  const port = String(await freePort())
  const begin = performance.now()
  const child = spawn(process.execPath, ['-e', BARE], { env: { ...process.env, PORT: port }, stdio: 'ignore' })
  const exited = once(child, 'exit')
  while ((await fetch(`http://127.0.0.1:${port}/`).catch(() => null)) === null) await sleep(5)
  const ms = performance.now() - begin
  child.kill('SIGKILL')
  await exited
  return ms
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { starts: { type: 'string', default: '9' }, seconds: { type: 'string', default: '60' } },
  })
  const [starts, seconds] = [Number(values.starts), Number(values.seconds)]
  if (!(Number.isInteger(starts) && starts > 0 && seconds >= 0))
    throw new TypeError('--starts and --seconds take numbers')
  const settings = { LOG_LEVEL: 'error', BCRYPT_COST: '10', LOGIN_RATE_LIMIT: '100000/1m' }
  await using lab = await openLab({ driver: 'local', settings })
  const started = await lab.startInstance()

  const times: { server: number; bare: number }[] = []
  for (let i = 0; i < starts; i += 1) {
    await started.kill()
    const begin = performance.now()
    await started.start()
    times.push({ server: performance.now() - begin, bare: await startBareNode() })
  }
  await started.kill()
  const middle = (of: number[]) => of.toSorted((a, b) => a - b)[Math.floor(of.length / 2)] ?? Number.NaN
  const [server, bare] = [middle(times.map((one) => one.server)), middle(times.map((one) => one.bare))]
  const best = Math.min(...times.map((one) => one.server))
  print(`listening after ${server.toFixed(0)} ms (median of ${starts}, best ${best.toFixed(0)} ms)`)
  print(`  ${(server / bare).toFixed(1)} times a bare Node in the same run (${bare.toFixed(0)} ms)`)

  const loaded = await startServer(lab)
  const memory = async () => {
    const { body } = await loaded.call('GET', '/metrics')
    return Number(/^process_resident_memory_bytes (\S+)$/m.exec(body)?.[1]) / MIB
  }
  const atStart = await memory()
  const clients = Object.values(await makeClients(loaded, 4))
  const end = performance.now() + seconds * 1000
  let [requests, refused, highest] = [0, 0, atStart]
  await Promise.all(
    clients.map(async (ask) => {
      for (; performance.now() < end; requests += 1) {
        if ((await ask()).status >= 500) refused += 1
        await sleep(PAUSE_MS)
      }
    }),
  )
  highest = Math.max(highest, await memory())
  print(`${requests} mixed requests in ${seconds} s, ${refused} refused`)
  print(`resident memory ${atStart.toFixed(0)} MB at first, ${highest.toFixed(0)} MB afterwards`)
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

try {
  await main()
} catch (error) {
  process.stderr.write(
    error instanceof TypeError ? `${error.message}\n${USAGE}\n` : `failed: ${(error as Error).stack}\n`,
  )
  process.exitCode = 1
}
