import pg from 'pg'
import t from 'tap'
import {
  isLoginRefused,
  isLostPostgresConnection,
  isReadOnlyRefusal,
  judgePostgresError,
} from '../../../lib/resilience/postgres-errors.ts'
import { startServers } from '../../fixtures/servers.ts'

function sql(code: string | undefined): Error {
  return Object.assign(new pg.DatabaseError('as the server words it', 20, 'error'), { code })
}
const driver = (message: string, code?: string): Error => Object.assign(new Error(message), code && { code })

t.test('SQLSTATE classes', async (t) => {
  const table = {
    refusal: [
      '21000',
      '22P02',
      '22021',
      '23505',
      '23503',
      '25006',
      '40001',
      '40P01',
      '42601',
      '42P01',
      '44000',
      'P0001',
    ],
    failure: [
      ...['08006', '28000', '28P01', '42501', '3D000', '53100', '53200', '53300', '54000', '55000', '55P03'],
      ...['57014', '57P01', '57P02', '57P03', '58030', 'F0001', 'XX000', 'XX001'],
    ],
    unknown: ['0A000', '99999', '', undefined],
  }
  for (const [verdict, codes] of Object.entries(table)) {
    for (const code of codes) t.equal(judgePostgresError(sql(code)), verdict, `${code}`)
  }
})

t.test('a login that was refused, as the guard tells it', async (t) => {
  t.equal(isLoginRefused(new Error('503', { cause: sql('28P01') })), true)
  for (const error of [sql('28P01'), new Error('503', { cause: sql('42501') }), new Error('503'), 'text']) {
    t.equal(isLoginRefused(error), false)
  }
})

t.test('errors of the driver and of the socket', async (t) => {
  for (const code of ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND']) {
    t.equal(judgePostgresError(driver('connect', code)), 'failure', code)
  }
  for (const code of ['EAI_AGAIN', 'EHOSTDOWN', 'ENOENT', 'EADDRNOTAVAIL', 'ERR_TLS_CERT_ALTNAME_INVALID']) {
    t.equal(judgePostgresError(driver('connect', code)), 'failure', code)
  }
  for (const message of [
    'Connection terminated',
    'Connection terminated unexpectedly',
    'Connection terminated due to connection timeout',
    'timeout expired',
    'timeout exceeded when trying to connect',
    'Query read timeout',
    'Client was closed and is not queryable',
    'Client has encountered a connection error and is not queryable',
  ]) {
    t.equal(judgePostgresError(driver(message)), 'failure', message)
  }
  t.equal(judgePostgresError(new AggregateError([], 'localhost')), 'unknown')
  t.equal(judgePostgresError(Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' })), 'failure')
  for (const error of [new TypeError('a bug'), driver('odd', 'EODD'), 'text', undefined]) {
    t.equal(judgePostgresError(error), 'unknown', String(error))
  }
})

t.test('a read may be tried again only when its connection was lost', async (t) => {
  for (const error of [
    driver('read', 'ECONNRESET'),
    driver('write', 'EPIPE'),
    driver('Connection terminated unexpectedly'),
    sql('57P01'),
    sql('57P02'),
    sql('08003'),
    sql('08006'),
  ]) {
    t.equal(isLostPostgresConnection(error), true, String(error))
  }
  for (const error of [
    driver('connect', 'ECONNREFUSED'),
    driver('Query read timeout'),
    driver('Connection terminated due to connection timeout'),
    driver('timeout exceeded when trying to connect'),
    sql('57P03'),
    sql('57014'),
    sql('53300'),
    sql('23505'),
    'text',
  ]) {
    t.equal(isLostPostgresConnection(error), false, String(error))
  }
})

t.test('a write that a standby refuses', async (t) => {
  t.equal(isReadOnlyRefusal(sql('25006')), true)
  for (const error of [sql('25001'), sql('23505'), driver('x', '25006'), 'text'])
    t.equal(isReadOnlyRefusal(error), false)
})

t.test('errors of a real server', async (t) => {
  const { postgres } = await startServers(t, { postgres: true })
  function newClient(connectionString = postgres.url, query_timeout = 300): pg.Client {
    const client = new pg.Client({ connectionString, query_timeout, connectionTimeoutMillis: 300 })
    client.on('error', () => {})
    t.teardown(() => client.end().catch(() => {}))
    return client
  }
  const verdict = async (query: Promise<unknown>) => {
    const error = await query.then(
      () => new Error('the query succeeded'),
      (error) => error,
    )
    t.comment(String(error))
    return [judgePostgresError(error), isLostPostgresConnection(error)]
  }
  const client = newClient()
  await client.connect()
  await client.query('CREATE TEMP TABLE one (id int PRIMARY KEY)')
  await client.query('INSERT INTO one VALUES (1)')
  t.strictSame(await verdict(client.query('INSERT INTO one VALUES (1)')), ['refusal', false], 'unique')
  t.strictSame(await verdict(client.query('SELECT nonsense')), ['refusal', false], 'a bad statement')
  t.strictSame(await verdict(client.query('SELECT $1::int', ['x'])), ['refusal', false], 'a bad value')
  await client.query('SET statement_timeout = 20')
  t.strictSame(await verdict(client.query('SELECT pg_sleep(10)')), ['failure', false], 'cancelled by the server')
  await client.query('SET default_transaction_read_only = on')
  t.strictSame(await verdict(client.query('CREATE TABLE two ()')), ['refusal', false], 'read-only')
  t.equal(isReadOnlyRefusal(await client.query('CREATE TABLE two ()').catch((error) => error)), true)
  const stranger = newClient(postgres.url.replace(/:[^:@/]+@/, ':wrong@'))
  t.strictSame(await verdict(stranger.connect()), ['failure', false], 'a wrong password')
  const other = newClient()
  await other.connect()
  await postgres.freeze()
  t.strictSame(await verdict(other.query('SELECT 1')), ['failure', false], 'frozen')
  t.strictSame(await verdict(newClient().connect()), ['failure', false], 'frozen, a new connection')
  await postgres.thaw()
  // Its query ends with the server, not before.
  const last = newClient(postgres.url, 10_000)
  await last.connect()
  const pending = verdict(last.query('SELECT pg_sleep(10)'))
  await postgres.kill()
  t.strictSame(await pending, ['failure', true], 'killed')
  t.strictSame(await verdict(newClient().connect()), ['failure', false], 'gone')
})
