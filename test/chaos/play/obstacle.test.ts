import { chmodSync } from 'node:fs'
import t from 'tap'
import { obstacleTo } from '../../../chaos/play/obstacle.ts'

const local = { driver: 'local' } as const
const watched = { needs: ['instances'], programs: ['prometheus'] } as const
const without = { PATH: '/nowhere' }

t.test('what needs nothing is played anywhere', async (t) => {
  t.equal(obstacleTo({}, local, without), undefined)
  t.equal(obstacleTo({}, { driver: 'deployment' }, without), undefined)
})

t.test('a deployment that is of somebody else can not give everything', async (t) => {
  const reason = 'needs network and settings of its own'
  t.strictSame(obstacleTo({ needs: ['network', 'settings'] }, { driver: 'deployment', named: true }), {
    reason,
    fails: false,
  })
  t.equal(obstacleTo({ needs: ['network'] }, local), undefined)
})

t.test('a missing program: skipped among all, failed when it was asked for and where changes are judged', async (t) => {
  const reason = 'there is no prometheus on the path: apt-get install prometheus'
  t.strictSame(obstacleTo(watched, local, without), { reason, fails: false })
  t.strictSame(obstacleTo(watched, { ...local, named: true }, without), { reason, fails: true })
  t.strictSame(obstacleTo(watched, local, { ...without, CI: 'true' }), { reason, fails: true })
  const PATH = t.testdir({ prometheus: '' })
  chmodSync(`${PATH}/prometheus`, 0o755)
  t.equal(obstacleTo(watched, local, { PATH }), undefined)
})
