import { stopped } from '../faults.ts'
import { WITH_DEFAULT_BREAKERS } from '../play/checks.ts'
import { COSTLY } from '../play/loads.ts'
import { scenario } from '../play/scenario.ts'
import { DEFAULTS } from '../play/settings.ts'

const TRIAL_DELAY_MS = 80

scenario(
  'zombie-db',
  {
    title: 'Zombie DB: the database is stopped, logins are refused at once, whoever is logged in goes on',
    settings: DEFAULTS,
    crowd: { accounts: 4, sessionsEach: 2 },
    load: COSTLY,
    checks: WITH_DEFAULT_BREAKERS,
  },
  async (stage) => {
    const { client, postgres, population } = stage
    const [account = population.newAccount()] = population.accounts
    stage.expectAnswer(await client.login(account), '200', '1. the app runs, a login works')
    const fault = stopped(postgres)
    await stage.strike(fault)
    await stage.opens('postgres')
    stage.expectAnswer(await client.login(account), '503 dependency_unavailable postgres', '4. a login: 503 at once')
    stage.expectAnswer(await client.me(stage.session.access), '200', '6. an access token on a protected route: 200')
    await stage.hold(200)
    // So slow that the single trial can be told from the calls that follow it.
    stage.slow(postgres, TRIAL_DELAY_MS)
    await stage.heal(fault)
    await stage.closes('postgres')
    stage.slow(postgres, 0)
    await stage.back('login', () => client.login(account), 1000)
  },
)
