import { backendSaysSo, backendServes, holdOfBreakers, revokedSocketsClose, socketsKept } from '../checks/index.ts'
import { portKilled } from '../faults.ts'
import { BACKEND, BACKEND_HALF_OPEN_MS, openBackend } from '../play/backend.ts'
import { UNHURT } from '../play/checks.ts'
import { QUIET } from '../play/loads.ts'
import { scenario } from '../play/scenario.ts'
import { BRISK } from '../play/settings.ts'

const SOCKETS = 24
/** The outage must be shorter: nobody can get another token meanwhile. Clients refresh with two thirds of it left. */
const TTL_S = 30
const FRESH_MS = 20_000
const OF_ITS_BREAKER = new Set(['breaker-order', 'no-io-while-open'])

scenario(
  'auth-recovery',
  {
    title: 'The auth service is killed and restarted: whoever is logged in notices nothing, in eight phases',
    settings: { ...BRISK, ACCESS_TOKEN_TTL: `${TTL_S}s` },
    crowd: { accounts: 6, sessionsEach: 4 },
    load: QUIET,
    checks: [
      ...UNHURT.filter(({ name }) => name !== 'revocation-holds'),
      ...holdOfBreakers({ halfOpenAfterMs: BACKEND_HALF_OPEN_MS }).filter(({ name }) => OF_ITS_BREAKER.has(name)),
      backendServes(),
      backendServes({ without: 'auth-1' }),
      socketsKept(),
      revokedSocketsClose(),
      backendSaysSo({ target: 'auth-1', withinMs: 1500 }),
    ],
    needs: ['instances', 'settings'],
  },
  async (stage) => {
    const { auth, client, population, breakers, notes } = stage
    stage.phase('1. environment: auth, Backend, Postgres and Redis')
    const load = { backend: 20, socket: 30, backend_sessions: 4 }
    await using backend = await openBackend(stage, { load, freshMs: FRESH_MS })
    const { service, fleet } = backend
    const pids = { auth: auth.pid, backend: service.pid }

    stage.phase(`2. ${SOCKETS} sessions with a WebSocket each`)
    const sessions = population.sessions.slice(0, SOCKETS)
    const opened = await fleet.join(sessions)
    stage.expect(
      opened.every(({ type }) => type === 'ok'),
      `${fleet.open} sockets are open`,
    )
    backend.load.start()
    const connections = sessions.map((session) => fleet.socketOf(session)?.connection)
    stage.expect(await fleet.renewAll(5000), 'each has presented a fresh token on its open socket')

    const killed = portKilled(auth, (text) => notes.comment(text))
    const begin = performance.now()
    await stage.strike(killed)
    const down = performance.now()
    notes.took('3. the auth service is found by its port, killed and proved down', down - begin, 2000)

    stage.phase('4. sessions go on')
    await stage.hold(300)

    stage.phase('5. new logins fail gracefully')
    const account = population.takeForLogin() ?? population.newAccount()
    stage.expectAnswer(await backend.login(account), '503 auth_unavailable auth', 'the Backend says so')
    const refused = await client.login(account)
    stage.expect(refused.status === undefined, 'the auth service itself can not be reached', refused.error)
    stage.expect(service.pid === pids.backend, 'the Backend is the same process', `pid ${service.pid}`)

    stage.phase('6. the breaker to auth is open')
    await breakers.reach(BACKEND, 'auth', 'open', 5000)
    await stage.hold(150)
    const [session = stage.session] = sessions
    stage.expectAnswer(await backend.me(session.access, session), '200', 'another route is unharmed')

    const restart = performance.now()
    await stage.heal(killed)
    await stage.back('7. auth answers again, on the same port', () => client.health('ready'), 10_000)
    await stage.back('7. a login works', () => client.login(account), 10_000)
    notes.took('7. restart and recovery', performance.now() - restart, 10_000)
    stage.expect(performance.now() - down < TTL_S * 1000 - 10_000, 'the outage was shorter than a token lives')
    stage.expect(auth.pid !== pids.auth, 'auth is another process', `pid ${pids.auth}, then ${auth.pid}`)

    stage.phase('8. everything works again')
    await breakers.reach(BACKEND, 'auth', 'closed', 10_000)
    stage.expect(await fleet.renewAll(10_000), 'every session is refreshed, and its socket goes on with the new token')
    await stage.back('8. a login by way of the Backend', () => backend.login(account), 5000)
    const same = sessions.filter((one, i) => fleet.socketOf(one)?.connection === connections[i])
    stage.expect(
      same.length === SOCKETS && fleet.open === SOCKETS,
      'every socket is the same connection',
      `${same.length}`,
    )
    notes.recovered('8. the Backend hears of revocations', await backend.hears(20_000), 10_000)
    const [leaver = stage.session] = sessions
    while (!population.take(leaver)) await stage.hold(1)
    const left = await client.logout(leaver.access, { user: leaver.account.email, session: leaver.id })
    population.left(leaver)
    stage.expectAnswer(left, '204', 'a logout, which closes the socket of its session')
    await stage.hold(100)
    stage.expectAnswer(
      await backend.me(leaver.access, leaver),
      '401 invalid_token',
      'and ends its token in the Backend',
    )
    await stage.steady()
    notes.took('the whole, with the lab', process.uptime() * 1000, 45_000)
  },
)
