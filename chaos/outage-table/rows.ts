import {
  type Fault,
  faultsOf,
  latency,
  postgresOutOfConnections,
  postgresReadOnly,
  redisOutOfMemory,
  redisReadOnly,
  together,
} from '../faults.ts'
import type { Dependency, Lab } from '../lab/lab.ts'
import type { Endpoint } from './clients.ts'
import type { Row } from './measure.ts'

const SLOW_MS = 2000

const OK = { register: '201', login: '200', refresh: '200', verify: '200', me: '200', jwks: '200', logout: '204' }
const AWAY = '503 dependency_unavailable'

/** The failure matrix: the one answer that each endpoint gives while a dependency is away. */
const MATRIX: Readonly<Record<Row['at'], Record<Endpoint, string>>> = {
  Postgres: { ...OK, register: AWAY, login: AWAY },
  Redis: { ...OK, login: AWAY, refresh: AWAY },
  both: { ...OK, register: AWAY, login: AWAY, refresh: AWAY, logout: AWAY },
}

/** Every row of the table: each dependency alone, then both at once. */
export function rowsOf({ postgres, redis }: Lab): Row[] {
  const [readOnly, full] = [postgresReadOnly(postgres), redisOutOfMemory(redis)]
  const gone = (dependency: Dependency) => [...faultsOf(dependency), latency(dependency, SLOW_MS)]
  const [ofPostgres, ofRedis] = [gone(postgres), gone(redis)]
  return [
    ...[...ofPostgres, postgresOutOfConnections(postgres)].map((fault) => row('Postgres', fault, ['postgres'])),
    // It still reads: accounts can log in, none can be made, and no breaker opens.
    { ...row('Postgres', readOnly, []), atOnce: false, expected: { ...MATRIX.Postgres, login: OK.login } },
    ...[...ofRedis, full, redisReadOnly(redis)].map((fault) => row('Redis', fault, ['redis'])),
    ...ofPostgres.map((fault, i) => row('both', together(fault, ofRedis[i] as Fault), ['postgres', 'redis'])),
    { ...row('both', together(readOnly, full), ['redis']), atOnce: false },
  ]
}

function row(at: Row['at'], fault: Fault, opens: Row['opens']): Row {
  return { at, fault, opens, atOnce: true, expected: MATRIX[at] }
}
