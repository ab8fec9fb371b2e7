import t from 'tap'
import { backendSaysSo, backendServes } from '../../../chaos/checks/index.ts'
import { isBad, isGood, Past } from './past.ts'

const UNAVAILABLE = '503 auth_unavailable'
const onBackend = { instance: 'backend' }
const shown = { ...onBackend, session: 's', access: 's/a1', kid: 'k1' }
const begun = () => new Past().login(0, 'ada', 's')

t.test('backend-serves: who is logged in can work, always', async (t) => {
  const serves = backendServes()
  isGood(t, serves, begun(), 0, 'nothing')
  const worked = begun().call(100, 'backend', '200', shown).call(110, 'socket', '200', shown)
  isGood(t, serves, worked, 2, 'HTTP and a socket')
  isBad(t, serves, begun().call(100, 'backend', '503', shown), [/backend on backend: 503/], 'uncheckable')
  isBad(t, serves, begun().call(100, 'backend', '500', shown), [/500/], 'an error')
  isBad(t, serves, begun().call(100, 'socket', 'NO_ANSWER', shown), [/socket on backend/], 'no pong')
  isBad(t, serves, begun().call(100, 'socket_open', '401 invalid_token', shown), [/401/], 'a socket refused')
  isBad(t, serves, begun().call(100, 'backend', '401 invalid_token', shown), [/401/], 'a verdict without a cause')
  const left = begun().logout(50, 's').call(100, 'backend', '401 invalid_token', shown)
  isGood(t, serves, left, 0, 'logged out')
  const cut = begun().call(110, 'socket_token', 'never', shown)
  isBad(t, serves, cut, [/never answered/], 'no answer')
  const revoked = begun().call(100, 'socket_token', 'x', shown, { error: 'closed with 4401' })
  isGood(t, serves, revoked, 0, 'the socket was revoked meanwhile')
  const forged = begun().call(100, 'backend', '401 invalid_token', { ...onBackend, access: 'forged' })
  isGood(t, serves, forged, 0, 'a token that nobody gave')
  isGood(t, serves, begun().call(100, 'backend_sessions', UNAVAILABLE, shown), 0, 'what needs auth')
})

t.test('backend-serves-without-auth-1: while it is away', async (t) => {
  const serves = backendServes({ without: 'auth-1' })
  const outage = () => begun().fault(1000, 2000, 'auth-1', 'killed')
  const around = outage().call(500, 'backend', '503', shown).call(2500, 'backend', '503', shown)
  isGood(t, serves, around, 0, 'before and after')
  isGood(t, serves, outage().call(1500, 'backend', '200', shown), 1, 'served')
  isBad(t, serves, outage().call(1500, 'backend', '503', shown), [/503/], 'refused')
})

t.test('backend-says-so: a 503 with its reason, in time', async (t) => {
  const says = backendSaysSo({ target: 'auth-1', withinMs: 1500 })
  const outage = () => new Past().fault(1000, 5000, 'auth-1', 'killed')
  const found = { dependency: 'auth' }
  isGood(t, says, outage().call(900, 'backend_login', '200', onBackend), 0, 'before')
  isGood(t, says, outage().call(1500, 'backend_login', UNAVAILABLE, onBackend, found), 1, 'said so')
  isBad(t, says, outage().call(1500, 'backend_login', '500', onBackend), [/503 auth_unavailable expected/], 'an error')
  isBad(t, says, outage().call(1500, 'backend_sessions', 'ECONNRESET', onBackend), [/expected/], 'a crash')
  const slow = outage().call(1500, 'backend_sessions', UNAVAILABLE, { ...onBackend, ms: 1600 }, found)
  isBad(t, says, slow, [/took 1600 ms/], 'late')
})
