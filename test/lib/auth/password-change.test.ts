import t from 'tap'
import { newId } from '../../../lib/auth/ids.ts'
import { NETWORK, startAccounts } from '../../fixtures/accounts.ts'
import { PASSWORD } from '../../fixtures/app.ts'

const { accounts, sessions, postgres, queue, log, neglected, newAccount, login, withoutRedisAfterHashing } =
  await startAccounts(t, { max: 10 })
const invalid = { code: 'invalid_credentials', statusCode: 401 }

t.test('a new password: the old one is void, and the other sessions end', async (t) => {
  const { id, email } = await newAccount()
  const [own = '', other = ''] = [newId(Date.now()), newId(Date.now())]
  for (const sessionId of [own, other]) {
    await sessions.create({
      userId: id,
      sessionId,
      profile: { email, roles: [] },
      version: 1,
      ip: '::1',
      userAgent: '',
    })
  }
  const who = { userId: id, sessionId: own, email, network: NETWORK }
  const change = (currentPassword: string, newPassword: string) =>
    accounts.changePassword(who, { currentPassword, newPassword }, queue.admit())
  await t.rejects(change('wrong horse battery', 'a brand new one'), invalid)
  await t.rejects(change(PASSWORD, 'short'), {
    code: 'password_rejected',
    details: { errors: [{ field: 'new_password' }] },
  })
  await t.rejects(change('\ud800', 'a brand new one'), {
    code: 'invalid_request',
    details: { errors: [{ field: 'current_password' }] },
  })
  t.equal((await sessions.list(id, Date.now())).length, 2, 'nothing ends when nothing has changed')
  await change(PASSWORD, 'a brand new one')
  await t.rejects(login(email, PASSWORD), invalid)
  await login(email, 'a brand new one')
  t.strictSame(
    (await sessions.list(id, Date.now())).map((session) => session.id),
    [own],
  )
  t.strictSame([log.isRevoked(own), log.isRevoked(other)], [false, true])
  const { rows } = await postgres.pool.query('SELECT id FROM pending_revocations')
  t.strictSame(rows, [])
  const gone = { ...who, userId: newId(0) }
  const given = { currentPassword: PASSWORD, newPassword: 'a brand new one' }
  await t.rejects(accounts.changePassword(gone, given, queue.admit()), invalid)
})

t.test('a new password counts when Redis goes away meanwhile: the sessions end when it is back', async (t) => {
  const { id, email } = await newAccount()
  const who = { userId: id, sessionId: newId(0), email, network: NETWORK }
  const given = { currentPassword: PASSWORD, newPassword: 'a brand new one' }
  await accounts.changePassword(who, given, withoutRedisAfterHashing(t))
  t.strictSame(neglected, ['forget the attempts', 'end the other sessions now'])
  const { rows } = await postgres.pool.query('SELECT user_id, keep_session_id FROM pending_revocations')
  t.strictSame(rows, [{ user_id: id, keep_session_id: who.sessionId }])
})

t.test('of two changes at once one counts', async (t) => {
  const { id, email } = await newAccount()
  const who = { userId: id, sessionId: newId(0), email, network: NETWORK }
  const changes = ['the first new one', 'the other new one'].map((newPassword) =>
    accounts.changePassword(who, { currentPassword: PASSWORD, newPassword }, queue.admit()),
  )
  const results = await Promise.allSettled(changes)
  t.strictSame(results.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
})
