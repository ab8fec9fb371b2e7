import { Redis, ReplyError } from 'ioredis'
import t from 'tap'
import {
  isLostRedisConnection,
  isMissingRight,
  isRedisFailure,
  isSelectRefused,
  redisReason,
} from '../../../lib/resilience/redis-errors.ts'
import { startServers } from '../../fixtures/servers.ts'

const reply = (message: string): Error => new ReplyError(message)

t.test('a reply that says the command was wrong is no failure of Redis', async (t) => {
  for (const message of [
    'WRONGTYPE Operation against a key holding the wrong kind of value',
    "ERR unknown command 'FOO'",
    'ERR value is not an integer or out of range',
    'NOSCRIPT No matching script. Please use EVAL.',
    'BUSYGROUP Consumer Group name already exists',
  ]) {
    t.equal(isRedisFailure(reply(message)), false, message)
  }
})

t.test('a Redis that answers but can not work is a failure', async (t) => {
  for (const message of [
    "READONLY You can't write against a read only replica.",
    'LOADING Redis is loading the dataset in memory',
    'CLUSTERDOWN The cluster is down',
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    "OOM command not allowed when used memory > 'maxmemory'.",
    'MISCONF Redis is configured to save RDB snapshots, but it is currently not able to persist on disk.',
    'NOREPLICAS Not enough good replicas to write.',
    'TRYAGAIN Multiple keys request during rehashing of slot',
    'BUSY Redis is busy running a script.',
    'NOAUTH Authentication required.',
    'WRONGPASS invalid username-password pair or user is disabled.',
    "NOPERM this user has no permissions to run the 'eval' command",
    "ERR The user executing the script can't run this command or subcommand script: f0, on @user_script:1.",
    "ERR The user executing the script can't access at least one of the keys mentioned in the command arguments script: f0",
    'LATE the call came after its deadline',
    'ERR Error running script (call to f_0): @user_script:1: -OOM command not allowed',
  ]) {
    t.equal(isRedisFailure(reply(message)), true, message)
  }
})

t.test('what Redis says is wrong is told in a word, and of a missing right which one', async (t) => {
  const lua =
    "local a = 1\nif a then redis.call('HMGET', KEYS[1], 'a') end\nredis.call('PTTL', k) redis.call('DEL', k)\nrun(a)"
  const inLine = (n: number) =>
    `ERR The user executing the script can't run this command script: f0, on @user_script:${n}.`
  const cases: readonly (readonly [message: string, reason: string | undefined])[] = [
    ["NOPERM this user has no permissions to run the 'evalsha' command", 'NOPERM: its user may not run evalsha'],
    [
      "NOPERM User x has no permissions to run the 'client|setname' command",
      'NOPERM: its user may not run client|setname',
    ],
    [inLine(2), 'NOPERM: its user may not run hmget'],
    [inLine(3), 'NOPERM: its user may not run pttl or del'],
    [inLine(4), 'NOPERM: its user may not run a command of a script'],
    [inLine(9), 'NOPERM: its user may not run a command of a script'],
    ['NOPERM No permissions to access a key', 'NOPERM: its user may not access a key that it needs'],
    [
      'NOPERM this user has no permissions to access one of the keys used as arguments',
      'NOPERM: its user may not access a key that it needs',
    ],
    [
      "ERR The user executing the script can't access at least one of the keys mentioned in the command script: f0",
      'NOPERM: its user may not access a key that it needs',
    ],
    ["OOM command not allowed when used memory > 'maxmemory'.", 'OOM'],
    ['ERR value is not an integer or out of range', undefined],
  ]
  for (const [message, reason] of cases) {
    t.equal(redisReason(reply(message), lua), reason, message)
    t.equal(isMissingRight(reason ?? ''), reason?.startsWith('NOPERM') ?? false)
  }
  t.equal(redisReason(new Error('Command timed out')), undefined)
  t.equal(redisReason('text'), undefined)
})

t.test('whatever is not a reply is a failure', async (t) => {
  for (const error of [new Error('Command timed out'), new TypeError('a bug'), 'text', null, undefined]) {
    t.equal(isRedisFailure(error), true, String(error))
  }
})

t.test('a database that can not be selected', async (t) => {
  t.ok(isSelectRefused(reply("NOPERM this user has no permissions to run the 'select' command")))
  t.ok(isSelectRefused(reply('ERR DB index is out of range')))
  t.notOk(isSelectRefused(reply("NOPERM this user has no permissions to run the 'eval' command")))
  t.notOk(isSelectRefused(new Error('DB index')))
})

t.test('a connection that was lost under a call', async (t) => {
  for (const message of ['Connection is closed.', 'read ECONNRESET', 'write EPIPE']) {
    t.equal(isLostRedisConnection(new Error(message)), true, message)
  }
  for (const error of [new Error('Command timed out'), new Error('connect ECONNREFUSED'), reply('OOM'), 'text']) {
    t.equal(isLostRedisConnection(error), false, String(error))
  }
})

t.test('errors of a real server', async (t) => {
  const { redis } = await startServers(t, { redis: true })
  const client = new Redis(redis.url, { commandTimeout: 200, maxRetriesPerRequest: 0, retryStrategy: () => null })
  t.teardown(() => client.disconnect())
  client.on('error', () => {})
  const failed = async (command: Promise<unknown>) => {
    const error = await command.then(
      () => new Error('the command succeeded'),
      (error) => error,
    )
    t.comment(String(error))
    return isRedisFailure(error)
  }
  const write = () => client.eval("return redis.call('SET', KEYS[1], 'x')", 1, 'key')
  await client.lpush('list', 1)
  t.equal(await failed(client.get('list')), false, 'the wrong type')
  t.equal(
    await failed(client.eval("return redis.call('GET', KEYS[1])", 1, 'list')),
    false,
    'the wrong type in a script',
  )
  await client.config('SET', 'maxmemory', '1')
  t.equal(await failed(write()), true, 'out of memory')
  await client.config('SET', 'maxmemory', '0')
  await client.replicaof('127.0.0.1', '1')
  t.equal(await failed(write()), true, 'read-only')
  await client.replicaof('NO', 'ONE')
  await redis.freeze()
  t.equal(await failed(write()), true, 'frozen')
  await redis.kill()
  t.equal(await failed(write()), true, 'gone')
})
