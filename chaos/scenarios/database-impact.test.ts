import { outageIsNoVerdict } from '../checks/index.ts'
import { instanceKilled } from '../faults.ts'
import { UNHURT } from '../play/checks.ts'
import { CALM } from '../play/loads.ts'
import { lookAtPostgres } from '../play/postgres-activity.ts'
import { scenario } from '../play/scenario.ts'
import { BRISK } from '../play/settings.ts'

const ROUNDS = 3
/** Connections of one instance at most. */
const POOL_MAX = 5

scenario(
  'database-impact',
  {
    title:
      'Auth instances are killed and started again: no connection, transaction or lock of theirs stays in Postgres',
    settings: { ...BRISK, POSTGRES_POOL_MAX: String(POOL_MAX) },
    instances: 2,
    crowd: { accounts: 6, sessionsEach: 2 },
    load: { ...CALM, register: 8, login: 8 },
    checks: [...UNHURT, outageIsNoVerdict()],
    needs: ['instances', 'settings'],
  },
  async (stage) => {
    const { lab, postgres, history } = stage
    for (let round = 1; round <= ROUNDS; round += 1) {
      const victim = lab.instances[round % 2]
      if (victim === undefined) break
      const fault = instanceKilled(victim)
      await stage.strike(fault)
      const left = await lookAtPostgres(postgres.server.url, (seen) => seen.connections <= POOL_MAX)
      history.record({ type: 'sample', source: 'postgres', values: { ...left } })
      const text = `${left.connections} connections, ${left.idleInTransaction} transactions, ${left.waitingLocks} locks`
      stage.expect(left.connections <= POOL_MAX, `round ${round}: what it had open is closed`, text)
      stage.expect(left.idleInTransaction === 0, `round ${round}: no transaction is left open`)
      stage.expect(left.waitingLocks === 0, `round ${round}: nobody waits for a lock`)
      await stage.heal(fault)
      await stage.hold(100)
    }
    const end = await lookAtPostgres(postgres.server.url, (seen) => seen.connections <= 2 * POOL_MAX)
    stage.expect(end.connections <= 2 * POOL_MAX, 'as many connections as the pools allow', `${end.connections}`)
  },
)
