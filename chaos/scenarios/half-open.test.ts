import { blackHoled } from '../faults.ts'
import { WITH_BREAKERS } from '../play/checks.ts'
import { CALM } from '../play/loads.ts'
import { scenario } from '../play/scenario.ts'
import { BRISK } from '../play/settings.ts'

const CALLERS = 500

scenario(
  'half-open',
  {
    title: `${CALLERS} callers at the moment the breaker half-opens: one call reaches the database, the rest are refused`,
    settings: BRISK,
    crowd: { accounts: 8, sessionsEach: 4 },
    load: { ...CALM, register: 0, login: 0 },
    checks: WITH_BREAKERS,
    needs: ['network', 'settings'],
  },
  async (stage) => {
    const { auth, breakers, client, postgres, population } = stage
    const [account = population.newAccount()] = population.accounts
    // It takes the trial and never answers, so that it is under way while everybody comes.
    const fault = blackHoled(postgres)
    await stage.strike(fault)
    // The load asks nothing of Postgres: these are what makes the breaker open.
    const attempts = Array.from({ length: 20 }, () => client.login(account))
    await stage.opens('postgres')
    await Promise.all(attempts)
    const refusal = await client.login(account)
    stage.expectAnswer(refusal, '503 dependency_unavailable postgres', 'a login is refused while it is open')
    await breakers.reach(auth.name, 'postgres', 'half_open', stage.backMs)
    const from = stage.history.now()
    const answers = await Promise.all(Array.from({ length: CALLERS }, () => client.login(account)))
    const state = breakers.state(auth.name, 'postgres')
    stage.expect(state === 'half_open', `all ${CALLERS} have their answers while the trial is under way`, state)
    const refused = answers.filter(({ status, dependency }) => status === 503 && dependency === 'postgres')
    stage.expect(refused.length === CALLERS, 'all were refused', `${refused.length} of ${CALLERS}`)
    const sent = stage.history
      .events()
      .filter(({ at, ...event }) => at >= from && event.type === 'traffic' && event.dependency === 'postgres')
    stage.expect(sent.length <= 1, 'nothing but the trial was sent', `${sent.length}`)
    await breakers.reach(auth.name, 'postgres', 'open', stage.backMs)
    await stage.heal(fault)
    await stage.closes('postgres')
  },
)
