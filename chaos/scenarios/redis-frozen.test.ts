import { guessBudget, noPasswordChecked } from '../checks/index.ts'
import { frozen } from '../faults.ts'
import { WITH_BREAKERS } from '../play/checks.ts'
import { CALM } from '../play/loads.ts'
import { scenario } from '../play/scenario.ts'
import { BRISK } from '../play/settings.ts'

scenario(
  'redis-frozen',
  {
    title: 'A frozen Redis under somebody who guesses passwords: no guess gets through, no session is lost',
    settings: { ...BRISK, ACCOUNT_RATE_LIMIT: '10/15m' },
    crowd: { accounts: 6, sessionsEach: 2, victims: 1 },
    load: { ...CALM, guess: 8 },
    checks: [...WITH_BREAKERS, guessBudget({ max: 10, windowMs: 15 * 60_000 }), noPasswordChecked()],
  },
  async (stage) => {
    const { client, redis, population } = stage
    const [account = population.newAccount()] = population.accounts
    const fault = frozen(redis)
    await stage.strike(fault)
    await stage.opens('redis')
    const denied = '503 dependency_unavailable redis'
    stage.expectAnswer(await client.login(account), denied, 'a login is refused at once')
    stage.expectAnswer(await client.me(stage.session.access), '200', 'an access token works')
    await stage.hold(300)
    await stage.heal(fault)
    await stage.closes('redis')
    await stage.back('login', () => client.login(account), 2000)
  },
)
