import { noPasswordChecked } from '../checks/index.ts'
import { stopped } from '../faults.ts'
import { WITH_DEFAULT_BREAKERS } from '../play/checks.ts'
import { COSTLY } from '../play/loads.ts'
import { scenario } from '../play/scenario.ts'
import { DEFAULTS } from '../play/settings.ts'

const TRIAL_DELAY_MS = 180

scenario(
  'redis-kill',
  {
    title: 'Redis Kill: Redis is stopped, logins are denied and no password is checked, access tokens go on',
    settings: DEFAULTS,
    crowd: { accounts: 4, sessionsEach: 2, victims: 1 },
    load: COSTLY,
    checks: [...WITH_DEFAULT_BREAKERS, noPasswordChecked()],
  },
  async (stage) => {
    const { client, redis, population } = stage
    const [account = population.newAccount()] = population.accounts
    const wrong = { ...account, password: 'not the password' }
    const fault = stopped(redis)
    await stage.strike(fault)
    await stage.opens('redis')
    const denied = '503 dependency_unavailable redis'
    stage.expectAnswer(await client.login(account), denied, '2. a login: denied, fail-secure')
    stage.expectAnswer(await client.guess(wrong), denied, 'a wrong password gets the same answer: it is not checked')
    const session = stage.session
    stage.expectAnswer(await client.refresh(session.refresh), denied, 'a refresh: not now')
    stage.expectAnswer(await client.me(session.access), '200', 'an access token on a protected route: 200')
    await stage.hold(200)
    // So slow that the single trial can be told from the calls that follow it.
    stage.slow(redis, TRIAL_DELAY_MS)
    await stage.heal(fault)
    await stage.closes('redis')
    stage.slow(redis, 0)
    await stage.back('login', () => client.login(account), 2000)
  },
)
