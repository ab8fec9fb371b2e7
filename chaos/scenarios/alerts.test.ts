import { join } from 'node:path'
import { alertsCleared, alertsRaised, type ExpectedAlert, noFalseAlarm } from '../checks/index.ts'
import { instanceKilled, loginStorm, redisEmptied, stopped, together } from '../faults.ts'
import { openAlerts } from '../play/alerts.ts'
import { hasKeys, startBackend } from '../play/backend.ts'
import { SESSIONS_LOST } from '../play/checks.ts'
import { CALM } from '../play/loads.ts'
import { scenario } from '../play/scenario.ts'
import { BRISK } from '../play/settings.ts'
import { act, ownerOf, refreshAs } from '../workload/actions.ts'
import { backendMe } from '../workload/sockets/requests.ts'

const RULES = join(import.meta.dirname, '../../ops/prometheus')
const RULE_FILES = ['auth.rules.yaml', 'verifier.rules.yaml'].map((file) => join(RULES, file))

/** Seconds. What counts events looks back over a minute: it ends that much later. */
const alert = (fault: string, name: string, raised: number | undefined, cleared: number): ExpectedAlert => ({
  ...{ fault, alert: name, clearedWithinMs: cleared * 1000 },
  ...(raised !== undefined && { raisedWithinMs: raised * 1000 }),
})
const EXPECTED = [
  alert('auth-2 in a login storm', 'TokenForgePasswordHashingOverloaded', 10, 70),
  alert('redis back without its data', 'TokenForgeSessionsLost', 15, 70),
  alert('redis back without its data', 'TokenForgeRedisUnavailable', undefined, 10),
  alert('auth-1 killed', 'TokenForgeInstanceDown', 20, 10),
  alert('auth-1 killed', 'TokensUncheckable', 25, 70),
  alert('auth-1 killed', 'TokensSoonUncheckable', 40, 20),
  alert('auth-1 killed', 'RevocationsNotFollowed', 40, 20),
  alert('postgres stopped', 'TokenForgePostgresUnavailable', 15, 10),
  alert('redis stopped', 'TokenForgeRedisUnavailable', 15, 10),
  alert('redis stopped', 'TokenForgeRevocationsUnannounced', 25, 10),
  alert('both stopped', 'TokenForgePostgresUnavailable', 15, 10),
  alert('both stopped', 'TokenForgeRedisUnavailable', 15, 10),
  alert('both stopped', 'TokenForgeBothStoresUnavailable', 15, 10),
  alert('both stopped', 'TokenForgeSigningKeysMissing', 25, 10),
  alert('both stopped', 'TokenForgeKeyRingStale', 40, 10),
]

scenario(
  'alerts',
  {
    title:
      'The shipped rules in a real Prometheus: each fault raises its alerts in time, the heal ends them, no other fires',
    // Passwords that cost something, for the storm.
    settings: { ...BRISK, BCRYPT_COST: '9' },
    instances: 2,
    crowd: { accounts: 6, sessionsEach: 2 },
    load: { ...CALM, logout: 0, refresh: 0, verify_ended: 0, refresh_ended: 0 },
    checks: [...SESSIONS_LOST, alertsRaised(EXPECTED), alertsCleared(EXPECTED), noFalseAlarm(EXPECTED)],
    needs: ['instances', 'settings'],
    programs: ['prometheus'],
  },
  async (stage) => {
    const { auth, client, lab, population, postgres, redis } = stage
    const [, other = auth] = lab.instances
    // It is well when it answers at all: it is going to start without the keys.
    const backend = await startBackend(stage, { healthPath: '/metrics' })
    const jobs = { tokenforge: lab.instances, backend: [backend] }
    await using alerts = await openAlerts(stage, { ruleFiles: RULE_FILES, jobs, expected: EXPECTED })
    await alerts.quiet(15)

    const storm = loginStorm(other)
    await stage.strike(storm)
    await alerts.raised(storm)
    await stage.heal(storm)

    const emptied = redisEmptied(redis)
    await stage.strike(emptied)
    await stage.steady()
    for (const session of population.sessions) if (population.take(session)) await refreshAs(session, stage)
    await alerts.raised(emptied)
    await stage.heal(emptied)
    await stage.steady()

    // Two that take long to tell, at once: a Backend that has started without the keys, and a logout that nobody can be told of.
    const killed = instanceKilled(auth)
    const deaf = stopped(redis)
    await stage.strike(killed)
    await backend.stop()
    await backend.start()
    const me = ({ session } = stage) => client.ask(backendMe(session.access, ownerOf(session)), { to: backend })
    for (let i = 0; i < 20; i += 1) await me()
    await stage.strike(deaf)
    await act('logout', stage, {})
    await alerts.raised(killed)
    await alerts.raised(deaf)
    await stage.heal(deaf)
    await alerts.cleared(deaf)
    await stage.heal(killed)
    // Not a token before that: what can't be checked counts for another minute.
    stage.notes.recovered('the Backend has the keys', await hasKeys(backend, 30_000), 15_000)
    await stage.back('a token in the Backend', () => me(), 1000)

    const dead = stopped(postgres)
    await stage.strike(dead)
    await alerts.raised(dead)
    await stage.heal(dead)
    await alerts.cleared(dead)

    const both = together(stopped(postgres), stopped(redis))
    await stage.strike(both)
    await other.kill()
    await other.start()
    await alerts.raised(both)
    await stage.heal(both)
    for (const fault of [both, killed, emptied, storm]) await alerts.cleared(fault)
  },
)
