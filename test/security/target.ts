import type { Test } from 'tap'
import { ADMIN_KEY, type CallOptions, type StartOptions } from '../fixtures/app.ts'
import { startWhole, type World, type WorldApp } from '../routes/world.ts'
import type { AttackId } from './attacks.ts'

const WARN = 40
const ERROR = 50
/** Shorter ones stand in a log by chance. */
const SHORTEST_SECRET = 16
/** What each instance tells after a change of the keys, whoever was faster: no doing of an attacker. */
const HOUSEKEEPING = /^a store was behind/
const SECRET_MEMBERS = [
  'email',
  'password',
  'current_password',
  'new_password',
  'token',
  'refresh_token',
  'access_token',
]

/** A server to attack: it keeps in mind every secret that went over the wire, to look for it in the log. */
export interface Target extends WorldApp {
  readonly secrets: Set<string>
}

/** Starts a server to attack, on real stores that nobody has used yet, with every line in its log. */
export async function startTarget(
  t: Test,
  world: World,
  more: Record<string, string> = {},
  options?: StartOptions,
): Promise<Target> {
  return watched(await world.start(t, { LOG_LEVEL: 'debug', ...more }, options))
}

/** Starts one more on the stores of another: what a restart is, or a second instance. */
export async function startAgain(
  t: Test,
  { env, sql }: WorldApp,
  more: Record<string, string> = {},
  options?: StartOptions,
): Promise<Target> {
  return watched({ ...(await startWhole(t, { ...env, ...more }, options)), env, sql })
}

function watched(app: WorldApp): Target {
  const secrets = new Set<string>([ADMIN_KEY])
  for (const name of ['KEY_ENCRYPTION_KEY', 'PASSWORD_PEPPER']) secrets.add(app.env[name] ?? '')
  const plant = (value: unknown) => {
    if (typeof value === 'string' && value.length >= SHORTEST_SECRET) secrets.add(value)
  }
  const plantMembers = (from: unknown) => {
    if (from === null || typeof from !== 'object') return
    for (const member of SECRET_MEMBERS) plant(Reflect.get(from, member))
  }
  return {
    ...app,
    secrets,
    async call(method: string, path: string, options: CallOptions = {}) {
      plant(options.token)
      plantMembers(options.body)
      const answer = await app.call(method, path, options)
      if (answer.status < 300) plantMembers(answer.body)
      return answer
    },
  }
}

export interface AttackOptions {
  /** The attack comes with an outage, of which the server warns. */
  readonly outage?: boolean
}

/** Plays one listed attack as a test, named by what is tried: that is what the table of attacks tells. */
export type Attack = (id: AttackId, tried: string, play: (t: Test) => Promise<void>, options?: AttackOptions) => void

/**
 * Attacks on one server. After each it is looked whether the server is unharmed: it answers, and its log has no warning,
 * no stack and no secret (`npm run attacks`).
 */
export function attacksOn(t: Test, target: Target): Attack {
  return (id, tried, play, { outage = false } = {}) =>
    void t.test(`${id}: ${tried}`, async (t) => {
      const from = target.logs.length
      await play(t)
      t.equal((await target.call('GET', '/health/live')).status, 200, 'the server is up')
      isClean(t, target, from, outage ? ERROR : WARN)
    })
}

/** Fails when a line of the log is as grave as `gravest`, tells of a stack, or holds a secret. */
export function isClean(t: Test, { logs, secrets }: Target, from = 0, gravest = WARN): void {
  const lines = logs.slice(from)
  const grave = lines.filter(({ level, msg }) => Number(level) >= gravest && !HOUSEKEEPING.test(String(msg)))
  t.strictSame(grave, [], 'nothing in the log that an operator must look at')
  const served = lines.filter(({ status }) => status !== undefined)
  t.notMatch(JSON.stringify(served), /"stack"|\bat [^"]+:\d+:\d+/, 'no stack for a request')
  const text = JSON.stringify(lines).toLowerCase()
  t.strictSame(
    [...secrets].filter((secret) => text.includes(secret.toLowerCase())),
    [],
    `none of ${secrets.size} secrets in ${lines.length} lines`,
  )
}
