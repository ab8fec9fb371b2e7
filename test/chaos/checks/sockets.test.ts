import t from 'tap'
import { revokeAllHolds, revokedSocketsClose, socketsKept } from '../../../chaos/checks/index.ts'
import type { SocketEvent } from '../../../chaos/history/events.ts'
import { isBad, isGood, Past } from './past.ts'

type More = Partial<Omit<SocketEvent, 'type'>>

class Sockets extends Past {
  opened(at: number, connection: string, more: More = {}): this {
    return this.#tell(at, connection, { stage: 'opened', session: 's', kid: 'k1', ...more })
  }

  closed(at: number, connection: string, code: number, more: More = {}): this {
    return this.#tell(at, connection, { stage: 'closed', session: 's', code, wanted: false, ...more })
  }

  #tell(at: number, connection: string, more: More & Pick<SocketEvent, 'stage'>): this {
    return this.add(at, { type: 'socket', instance: 'backend', connection, ...more })
  }
}

const kept = socketsKept()
const close = revokedSocketsClose({ boundMs: 1000 })
const begun = () => new Sockets().login(0, 'ada', 's').opened(100, 'c1') as Sockets
const revokeAll = (past: Sockets, at: number) =>
  past.call(at, 'revoke_all', '200', { sessionsVoided: false }, { kid: 'k2', epoch: 2 }) as Sockets
const presented = (past: Sockets, at: number, kid: string) =>
  past.call(at, 'socket_token', '200', { session: 's', kid }, { connection: 'c1' }) as Sockets

t.test('sockets-kept: no socket is lost', async (t) => {
  isGood(t, kept, new Past(), 0, 'none')
  isGood(t, kept, begun(), 1, 'open to the end')
  isGood(t, kept, begun().closed(500, 'c1', 1000, { wanted: true }), 1, 'closed by its client')
  isBad(t, kept, begun().closed(500, 'c1', 1006), [/c1 of session s was closed with 1006/], 'broken')
  isBad(t, kept, begun().closed(500, 'c1', 4401), [/4401/], 'closed without a cause')
  isGood(t, kept, (begun().logout(400, 's') as Sockets).closed(405, 'c1', 4401), 1, 'logged out')
  isBad(t, kept, (begun().logout(400, 'x') as Sockets).closed(405, 'c1', 4401), [/4401/], 'another one logged out')
  isGood(t, kept, revokeAll(begun(), 400).closed(405, 'c1', 4401), 1, 'its key is void')
  const fresh = presented(revokeAll(begun(), 400), 450, 'k2').closed(500, 'c1', 4401)
  isBad(t, kept, fresh, [/4401/], 'though it had a token of the new key')
  isBad(t, kept, begun().opened(500, 'c2'), [/session s has a second socket, c2/], 'two at once')
})

t.test('revoked-sockets-close: within the bound, with its code', async (t) => {
  isGood(t, close, begun(), 0, 'no revocation')
  isGood(t, close, (begun().logout(400, 's') as Sockets).closed(1300, 'c1', 4401), 1, 'in time')
  isBad(t, close, (begun().logout(400, 's') as Sockets).closed(1500, 'c1', 4401), [/outlived the logout of s/], 'late')
  isBad(t, close, begun().logout(400, 's'), [/c1 outlived/], 'never')
  isBad(t, close, (begun().logout(400, 's') as Sockets).closed(500, 'c1', 1006), [/closed with 1006/], 'another code')
  isGood(t, close, (begun().logout(400, 's') as Sockets).closed(500, 'c1', 1000, { wanted: true }), 0, 'by itself')
  isGood(t, close, begun().logout(400, 's', '401 invalid_token'), 0, 'a logout that failed')
  isBad(t, close, revokeAll(begun(), 400), [/outlived Revoke All/], 'Revoke All')
  isGood(t, close, presented(revokeAll(begun(), 400), 600, 'k2'), 0, 'it has a token of the new key')
  isGood(t, close, revokeAll(begun(), 400).opened(600, 'c2', { kid: 'k2' }).closed(500, 'c1', 4401), 1, 'a later one')
})

t.test('revoke-all-holds in the Backend', async (t) => {
  const holds = revokeAllHolds({ boundMs: 2000, operations: ['backend', 'socket'] })
  t.equal(holds.name, 'revoke-all-holds-for-backend-and-socket')
  const shown = { instance: 'backend', access: 's/a1', kid: 'k1' }
  const revoked = () => revokeAll(begun(), 400)
  isGood(t, holds, revoked().call(2000, 'backend', '200', shown), 0, 'within the bound')
  isGood(t, holds, revoked().call(2500, 'backend', '401 invalid_token', shown), 1, 'refused')
  isBad(t, holds, revoked().call(2500, 'socket', '200', shown), [/socket on backend: 200/], 'a socket that goes on')
  isGood(t, holds, revoked().verify(2500, 's', 1), 0, 'the auth instances are judged elsewhere')
})
