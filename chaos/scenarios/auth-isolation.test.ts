import { backendSaysSo, backendServes, holdOfBreakers, socketsKept } from '../checks/index.ts'
import { instanceFrozen, instanceKilled } from '../faults.ts'
import { BACKEND, BACKEND_HALF_OPEN_MS, openBackend } from '../play/backend.ts'
import { UNHURT } from '../play/checks.ts'
import { QUIET } from '../play/loads.ts'
import { latencyIn } from '../play/phases.ts'
import { scenario } from '../play/scenario.ts'
import { BRISK } from '../play/settings.ts'

const SOCKETS = 24
/** Each outage is shorter than what is left of a token: clients refresh with two thirds of it left. */
const TTL_S = 30
const FRESH_MS = 20_000
const CALLS = 400
/**
 * How many times as slow the Backend may be without auth. Whom an outage of auth holds up waits for the second that the
 * Backend gives auth; what is below half of that is a matter of the machine.
 */
const MOST_RATIO = 5
const FAST_MS = 500
const MOST_MORE_HANDLES = 10
const MOST_MORE_BYTES = 64 * 1024 * 1024
const OF_ITS_BREAKER = new Set(['breaker-order', 'no-io-while-open'])

scenario(
  'auth-isolation',
  {
    title: 'Auth is killed, then frozen: the Backend stays up and as fast as before, its WebSockets stay open',
    settings: { ...BRISK, ACCESS_TOKEN_TTL: `${TTL_S}s` },
    crowd: { accounts: 6, sessionsEach: 4 },
    load: QUIET,
    checks: [
      ...UNHURT.filter(({ name }) => name !== 'revocation-holds'),
      ...holdOfBreakers({ halfOpenAfterMs: BACKEND_HALF_OPEN_MS }).filter(({ name }) => OF_ITS_BREAKER.has(name)),
      backendServes(),
      backendServes({ without: 'auth-1' }),
      socketsKept(),
      backendSaysSo({ target: 'auth-1', withinMs: 1500 }),
    ],
    needs: ['instances', 'settings'],
  },
  async (stage) => {
    const { auth, population, breakers, history } = stage
    const load = { backend: 40, socket: 40, backend_sessions: 6 }
    await using backend = await openBackend(stage, { load, freshMs: FRESH_MS })
    const { service, fleet } = backend
    const { pid } = service
    await fleet.join(population.sessions.slice(0, SOCKETS))
    backend.load.start()
    await stage.hold(CALLS)
    stage.phase('before')
    await stage.hold(CALLS)
    const before = await backend.health()

    for (const fault of [instanceKilled(auth), instanceFrozen(auth)]) {
      await stage.strike(fault)
      await breakers.reach(BACKEND, 'auth', 'open', 10_000)
      await stage.hold(CALLS)
      const now = await backend.health()
      stage.expect(service.pid === pid, `auth is ${fault.name}: the Backend is the same process`, `pid ${pid}`)
      stage.expect(fleet.open === SOCKETS, 'all sockets are open', `${fleet.open} of ${SOCKETS}`)
      const [handles, bytes] = [now.handles - before.handles, now.bytes - before.bytes]
      stage.expect(handles <= MOST_MORE_HANDLES, 'it holds no more handles than before', `${handles} more`)
      stage.expect(bytes <= MOST_MORE_BYTES, 'nor much more memory', `${(bytes / 1024 / 1024).toFixed(1)} MB more`)
      for (const operation of ['backend', 'socket'] as const) {
        const [then, under] = ['before', `${auth.name} ${fault.name}`].map((phase) =>
          latencyIn(history.events(), phase, operation, 0.99),
        ) as [number, number]
        const detail = `p99 ${under.toFixed(1)} ms, ${then.toFixed(1)} ms before, ${(under / then).toFixed(1)} times`
        stage.expect(under <= Math.max(FAST_MS, MOST_RATIO * then), `${operation} is as fast as with auth`, detail)
      }
      await stage.heal(fault)
      await breakers.reach(BACKEND, 'auth', 'closed', 10_000)
      stage.expect(await fleet.renewAll(15_000), 'every session goes on with a fresh token')
    }
    stage.expect(service.pid === pid && fleet.open === SOCKETS, 'nothing was lost', `${fleet.open} sockets`)
  },
)
