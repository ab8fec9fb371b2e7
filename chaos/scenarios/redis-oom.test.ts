import { redisOutOfMemory } from '../faults.ts'
import { WITH_BREAKERS } from '../play/checks.ts'
import { CALM } from '../play/loads.ts'
import { scenario } from '../play/scenario.ts'
import { BRISK } from '../play/settings.ts'

scenario(
  'redis-oom',
  {
    title: 'Redis has reached its memory limit: it reads and refuses to write, which is an outage like any other',
    settings: BRISK,
    crowd: { accounts: 6, sessionsEach: 2 },
    load: CALM,
    checks: WITH_BREAKERS,
    needs: ['settings'],
  },
  async (stage) => {
    const { client, redis, population } = stage
    const [account = population.newAccount()] = population.accounts
    const fault = redisOutOfMemory(redis)
    await stage.strike(fault)
    await stage.opens('redis')
    const denied = '503 dependency_unavailable redis'
    stage.expectAnswer(await client.login(account), denied, 'a login is refused')
    stage.expectAnswer(await client.refresh(stage.session.refresh), denied, 'a refresh: not now')
    await stage.hold(300)
    await stage.heal(fault)
    await stage.closes('redis')
    await stage.back('login', () => client.login(account), 2000)
  },
)
