import { frozen } from '../faults.ts'
import { WITH_BREAKERS } from '../play/checks.ts'
import { CALM } from '../play/loads.ts'
import { scenario } from '../play/scenario.ts'
import { BRISK } from '../play/settings.ts'

scenario(
  'zombie-db-frozen',
  {
    title: 'A frozen database hangs nothing: time-outs first, then refusals without I/O',
    settings: BRISK,
    crowd: { accounts: 6, sessionsEach: 2 },
    load: CALM,
    checks: WITH_BREAKERS,
  },
  async (stage) => {
    const { client, postgres, population } = stage
    const [account = population.newAccount()] = population.accounts
    const fault = frozen(postgres)
    await stage.strike(fault)
    const first = await client.login(account)
    stage.expectAnswer(first, '503 dependency_unavailable postgres', 'a login is refused when its time is up')
    await stage.opens('postgres')
    const next = await client.login(account)
    stage.expectAnswer(next, '503 dependency_unavailable postgres', 'then at once')
    stage.expectAnswer(await client.me(stage.session.access), '200', 'an access token works')
    await stage.hold(300)
    await stage.heal(fault)
    await stage.closes('postgres')
    await stage.back('login', () => client.login(account), 1000)
  },
)
