import t, { type Test } from 'tap'
import { type OrdinaryUser, ordinaryUser } from '../../local/ordinary-user.ts'

const isRoot = process.getuid?.() === 0

// Whoever runs the tests decides which half can be seen; CI has runners of both kinds.
if (isRoot) t.test('as root', asRoot)
else t.test('as an ordinary user, programs are started as they are', asOrdinaryUser)

async function asOrdinaryUser(t: Test): Promise<void> {
  const user = await ordinaryUser(async () => false)
  t.match(user, { via: 'self', uid: process.getuid?.(), gid: process.getgid?.() })
  t.same(user.launch('/bin/true', ['x']), { file: '/bin/true', args: ['x'], options: {} })
}

async function asRoot(t: Test): Promise<void> {
  await t.test('another user who may look into our folders', async (t) => {
    const user = await ordinaryUser(async () => true)
    t.equal(user.via, 'setpriv')
    t.not(user.uid, 0)
    t.match(user.launch('/bin/true', ['x']), { file: 'setpriv', args: [`--reuid=${user.uid}`], options: {} })
  })

  await t.test('without setpriv, just another user', async (t) => {
    const user = await ordinaryUser(async (candidate) => candidate.via === 'setuid')
    t.same(user.launch('/bin/true', []), { file: '/bin/true', args: [], options: { uid: user.uid, gid: user.gid } })
  })

  await t.test('the owner of the data, unless that is root', async (t) => {
    t.match(await ordinaryUser(async () => true, { uid: 1234, gid: 5678 }), { uid: 1234, gid: 5678 })
    t.not((await ordinaryUser(async () => true, { uid: 0, gid: 0 })).uid, 0)
  })

  await t.test('one line when no way works', async (t) => {
    const tried: OrdinaryUser['via'][] = []
    const none = ordinaryUser(async ({ via }) => {
      tried.push(via)
      return false
    })
    await t.rejects(none, /^Postgres refuses to run as root, and .* set DATABASE_URL$/)
    t.same(tried, ['setpriv', 'setuid'])
  })
}
