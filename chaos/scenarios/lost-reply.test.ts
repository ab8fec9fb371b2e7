import { lostAnswersForgiven, noLeak, refusalsSayWhen } from '../checks/index.ts'
import { UNHURT } from '../play/checks.ts'
import { CALM } from '../play/loads.ts'
import { scenario } from '../play/scenario.ts'
import { BRISK } from '../play/settings.ts'
import { loginAs, refreshAs, registerAs } from '../workload/actions.ts'
import { untilKnown } from '../workload/again.ts'

const ROUNDS = 8
const RETRY_MS = 5000

scenario(
  'lost-reply',
  {
    title: 'Answers are lost after the work was done: every client may ask again, and nobody pays for it',
    settings: { ...BRISK, BREAKER_MINIMUM_CALLS: '100' },
    crowd: { accounts: ROUNDS, sessionsEach: 2 },
    load: CALM,
    checks: [...UNHURT, refusalsSayWhen(), noLeak(), lostAnswersForgiven()],
    needs: ['network', 'settings'],
  },
  async (stage) => {
    const { client, population, postgres, redis } = stage
    for (let round = 1; round <= ROUNDS; round += 1) {
      const session = population.takeForRefresh()
      if (session === undefined) throw new Error('there is no session to refresh')
      const before = session.refresh
      const lost = redis.network.loseReplyTo((request) => request.includes(session.id))
      const first = await client.refresh(before, { user: session.account.email, session: session.id })
      await lost
      const again = await untilKnown(() => client.refresh(before), RETRY_MS)
      population.giveBack(session)
      stage.expect(
        again.type === 'ok',
        `round ${round}: a refresh whose answer was lost can be repeated`,
        `${first.status}, ${again.status}`,
      )
      if (again.value !== undefined) population.refreshed(session, again.value)
      stage.expectAnswer(await refreshAs(session, stage), '200', `round ${round}: the session goes on`)
    }
    const account = population.newAccount()
    const lost = postgres.network.loseReplyTo((request) => request.includes(account.email))
    const first = await registerAs(account, stage)
    await lost
    const again = await untilKnown(() => registerAs(account, stage), RETRY_MS)
    stage.expect(
      again.type === 'ok' || again.code === 'email_taken',
      'a registration can be repeated',
      `${first.status}, ${again.status}`,
    )
    stage.expectAnswer(await untilKnown(() => loginAs(account, stage), RETRY_MS), '200', 'and its account logs in')
  },
)
