import { allSucceed } from '../checks/index.ts'
import { UNHURT } from '../play/checks.ts'
import { CALM } from '../play/loads.ts'
import { scenario } from '../play/scenario.ts'
import { BRISK } from '../play/settings.ts'

const INSTANCES = 3

scenario(
  'rolling-restart',
  {
    title: `${INSTANCES} instances are restarted one by one under load: not one request fails`,
    settings: BRISK,
    instances: INSTANCES,
    crowd: { accounts: 10, sessionsEach: 3 },
    load: { ...CALM, verify: 100, refresh: 30, verify_ended: 0, refresh_ended: 0 },
    checks: [...UNHURT.filter(({ name }) => name !== 'revocation-holds'), allSucceed()],
    needs: ['instances', 'settings'],
  },
  async (stage) => {
    const { balancer, history, lab } = stage
    const from = history.now()
    for (const instance of lab.instances) {
      stage.phase(`SIGTERM to ${instance.name}`)
      const how = await instance.stop()
      stage.expect(how === 'exit code 0', `${instance.name} ends in good order`, how)
      await instance.start()
      await balancer.look()
      await stage.hold(200)
    }
    const ends = history.events().filter(({ at, type }) => at >= from && (type === 'ok' || type === 'info'))
    const lost = ends.filter(({ type }) => type === 'info')
    stage.expect(lost.length === 0, 'no request was lost or refused', `${lost.length} of ${ends.length}`)
  },
)
