import { once } from 'node:events'
import t from 'tap'
import { isPostgresCall, isRedisCall } from '../../../chaos/net/calls.ts'
import { openNetwork } from '../../../chaos/net/network.ts'
import { until } from '../../fixtures/app.ts'
import { openClient, startEchoServer } from './echo-server.ts'

const echo = await startEchoServer(t)
const traffic: string[] = []
const network = openNetwork(echo.url, {
  isCall: (chunk) => !chunk.includes('good-bye'),
  onTraffic: (instance, kind) => traffic.push(`${instance} ${kind}`),
})
t.teardown(() => network.close())
const [a, b] = [await network.link('a'), await network.link('b')]

t.beforeEach(() => {
  network.pass()
  traffic.length = 0
})

t.test('links have ports of their own, and what comes by each is told with its name', async (t) => {
  const [one, other] = [openClient(t, a.port), openClient(t, b.port)]
  one.socket.write('from a')
  other.socket.write('from b')
  await until(() => one.state.answers === 'from a' && other.state.answers === 'from b')
  one.socket.write('good-bye')
  await until(() => one.state.answers === 'from agood-bye')
  t.same(traffic.toSorted(), ['a call', 'a connection', 'b call', 'b connection'], 'ceremony is no call')
  t.match(a.traffic, { requests: 1, bytes: 14 })
  t.same([...network.links.keys()], ['a', 'b'])
  await t.rejects(network.link('a'), /name a already/)
})

t.test('a verb is for all links, also for those that are opened later; a link can fail alone', async (t) => {
  const early = openClient(t, a.port)
  await once(early.socket, 'connect')
  network.resetOnCall()
  const late = openClient(t, (await network.link('late')).port)
  early.socket.write('!')
  late.socket.write('!')
  await until(() => early.state.ended === 'ECONNRESET' && late.state.ended === 'ECONNRESET')
  network.pass()
  a.refuse()
  const [alone, others] = [openClient(t, a.port), openClient(t, b.port)]
  others.socket.write('fine')
  await until(() => alone.state.ended === 'ECONNRESET' && others.state.answers === 'fine')
  t.equal(others.state.ended, '')
  network.resetAll()
  await until(() => others.state.ended === 'ECONNRESET')
})

t.test('one reply is lost, whichever link it comes by', async (t) => {
  const [one, other] = [openClient(t, a.port), openClient(t, b.port)]
  const lost = network.loseReplyTo((request) => request.includes('refresh'))
  one.socket.write('login')
  await until(() => one.state.answers === 'login')
  other.socket.write('refresh')
  await lost
  await until(() => other.state.ended !== '')
  one.socket.write('refresh')
  await until(() => one.state.answers === 'loginrefresh')
  t.equal(other.state.answers, '')
})

t.test('a look through the network meets what everybody meets, and is not counted', async (t) => {
  network.blackHole()
  const answers = await network.through(async (url) => {
    const { socket, state } = openClient(t, Number(new URL(url).port))
    socket.write('hello')
    await once(socket, 'connect')
    network.pass()
    socket.write('again')
    const second = openClient(t, Number(new URL(url).port))
    second.socket.write('hello')
    await until(() => second.state.answers === 'hello')
    return state.answers
  })
  t.equal(answers, '')
  t.same(traffic, [])
})

t.test('what a driver says when it connects and parts is no call', async (t) => {
  const postgres = {
    'start-up': [Buffer.from([0, 0, 0, 8, 0, 3, 0, 0]), false],
    password: [Buffer.from('p\0\0\0\x05x'), false],
    terminate: [Buffer.from('X\0\0\0\x04'), false],
    query: [Buffer.from('Q\0\0\0\x0dSELECT 1\0'), true],
    parse: [Buffer.from('P\0\0\0\x10\0SELECT 1\0\0\0'), true],
  } as const
  for (const [what, [chunk, call]] of Object.entries(postgres)) t.equal(isPostgresCall(chunk), call, what)
  const redis = {
    'HELLO 3 AUTH': false,
    'client SETINFO': false,
    info: false,
    'EVALSHA 00 1 key': true,
    PING: true,
    INFORM: true,
  } as const
  for (const [line, call] of Object.entries(redis)) {
    const words = line.split(' ').map((word) => `$${word.length}\r\n${word}\r\n`)
    t.equal(isRedisCall(Buffer.from(`*${words.length}\r\n${words.join('')}`)), call, line)
  }
})
