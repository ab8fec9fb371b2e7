import { redisEmptied } from '../faults.ts'
import { SESSIONS_LOST } from '../play/checks.ts'
import { CALM } from '../play/loads.ts'
import { scenario } from '../play/scenario.ts'
import { BRISK } from '../play/settings.ts'
import { refreshAs } from '../workload/actions.ts'

// Sessions live in Redis alone: when it loses them they are gone, and that is told as what it is. Everything else stays.
scenario(
  'redis-empty',
  {
    title: 'Redis came back without its data: the sessions are gone, the keys are restored and no token dies',
    settings: BRISK,
    crowd: { accounts: 6, sessionsEach: 2 },
    load: { ...CALM, logout: 0, refresh: 0, verify_ended: 0, refresh_ended: 0 },
    checks: SESSIONS_LOST,
  },
  async (stage) => {
    const { client, redis, population } = stage
    const before = await client.jwks()
    const old = stage.session
    const fault = redisEmptied(redis)
    await stage.strike(fault)
    await stage.steady()
    stage.expectAnswer(await client.me(old.access), '200', 'an access token from before works')
    const after = await client.jwks()
    stage.expect(String(after.value) === String(before.value), 'the key ring is the same', String(after.value))
    const refused = await refreshAs(old, stage)
    stage.expectAnswer(refused, '401 invalid_refresh_token', 'a session from before is gone')
    for (const session of population.sessions) if (population.take(session)) await refreshAs(session, stage)
    stage.expect(population.loggedOut.length >= 12, 'and so are the others', `${population.loggedOut.length}`)
    const [account = population.newAccount()] = population.accounts
    stage.expectAnswer(await client.login(account), '200', 'who was logged out logs in again')
    await stage.heal(fault)
  },
)
