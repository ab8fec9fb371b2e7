import { backendServes, revokeAllHolds, revokeAllSignsAnew, revokedSocketsClose, socketsKept } from '../checks/index.ts'
import { openBackend } from '../play/backend.ts'
import { UNHURT } from '../play/checks.ts'
import { CALM } from '../play/loads.ts'
import { scenario } from '../play/scenario.ts'
import { BRISK } from '../play/settings.ts'
import { forgeToken, stealSigningKey } from '../play/thief.ts'
import { LiveSocket } from '../workload/sockets/live-socket.ts'

const BOUND_MS = 1000
/** In the Backend, which hears of it from an auth instance. */
const BACKEND_BOUND_MS = 2000
const CLOSED_AS_REVOKED = 4401
const SOCKETS = 12

scenario(
  'key-leak',
  {
    title:
      'A signing key has leaked: Revoke All ends every token of it, on each instance and in the Backend, and no session',
    settings: BRISK,
    instances: 2,
    crowd: { accounts: 6, sessionsEach: 2 },
    load: { ...CALM, verify: 20, logout: 0.3, verify_voided: 5 },
    checks: [
      ...UNHURT,
      revokeAllHolds({ boundMs: BOUND_MS }),
      revokeAllSignsAnew({ boundMs: BOUND_MS }),
      revokeAllHolds({ boundMs: BACKEND_BOUND_MS, operations: ['backend', 'socket'] }),
      revokedSocketsClose({ boundMs: BACKEND_BOUND_MS }),
      socketsKept(),
      backendServes(),
    ],
    needs: ['instances', 'settings'],
  },
  async (stage) => {
    const { client, lab, history, population } = stage
    await using backend = await openBackend(stage, {
      load: { backend: 20, socket: 20, backend_voided: 5 },
      freshMs: 60_000,
    })
    const { service, fleet } = backend
    await fleet.join(population.sessions.slice(0, SOCKETS))
    backend.load.start()
    const stolen = await stealSigningKey(lab)
    const forged = await forgeToken(stolen, stage.session.access, history.clock)
    for (const to of lab.instances) {
      stage.expectAnswer(await client.verify(forged, {}, { to }), '200', `${to.name} takes a forged token for real`)
    }
    stage.expectAnswer(await backend.me(forged), '200', 'and so does the Backend')
    const socket = new LiveSocket({ history, to: service })
    stage.expect((await socket.open(forged)).type === 'ok', 'a socket opens with it')
    stage.expect((await socket.ping()).type === 'ok', 'and works')
    stage.phase('revoke all')
    const revoked = await client.revokeAll()
    stage.expectAnswer(revoked, '200', 'Revoke All')
    const begin = history.now()
    const refusals = [...lab.instances, service].map(async (to) => {
      const ask = () => (to === service ? backend.me(forged) : client.verify(forged, {}, { to }))
      const boundMs = to === service ? BACKEND_BOUND_MS : BOUND_MS
      let last = await ask()
      while (last.type === 'ok' && history.now() - begin < 5 * boundMs) last = await ask()
      stage.expectAnswer(last, '401 invalid_token', `${to.name} refuses the forged token`)
      stage.notes.recovered(`${to.name} knows`, history.now() - begin, boundMs)
    })
    await Promise.all(refusals)
    while (socket.code === undefined && history.now() - begin < 5 * BACKEND_BOUND_MS) await stage.hold(1)
    stage.expect(socket.code === CLOSED_AS_REVOKED, 'its socket is closed', `with ${socket.code}`)
    stage.notes.recovered('the forged socket is gone', history.now() - begin, BACKEND_BOUND_MS)
    const again = new LiveSocket({ history, to: service })
    stage.expectAnswer(await again.open(forged), '401 invalid_token', 'no other opens')

    await stage.hold(350)
    const { sessions, loggedOut } = population
    stage.expect(loggedOut.length === 0, 'nobody is logged out', `${sessions.length} sessions go on`)
    const areBack = (await fleet.renewAll(10_000)) && fleet.size > 0
    stage.expect(areBack, 'honest clients are back with fresh tokens', `${fleet.size} sockets`)
  },
)
