import { instanceKilled, stopped } from '../faults.ts'
import { WHATEVER_FAILS } from '../play/checks.ts'
import { CALM } from '../play/loads.ts'
import { scenario } from '../play/scenario.ts'
import { BRISK } from '../play/settings.ts'

scenario(
  'multi-failure',
  {
    title: 'Postgres and Redis both gone and auth restarted meanwhile, healed in every order: everything comes back',
    settings: BRISK,
    crowd: { accounts: 6, sessionsEach: 2 },
    load: CALM,
    checks: WHATEVER_FAILS,
    needs: ['instances', 'settings'],
  },
  async (stage) => {
    const { auth, client, population } = stage
    const [account = population.newAccount()] = population.accounts
    const faults = [stopped(stage.postgres), stopped(stage.redis)] as const
    for (const [first, second] of [faults, faults.toReversed()] as const) {
      if (first === undefined || second === undefined) break
      await stage.strike(first)
      await stage.strike(second)
      stage.expectAnswer(await client.me(stage.session.access), '200', 'an access token works with both gone')
      const crash = instanceKilled(auth)
      await stage.strike(crash)
      await stage.heal(crash)
      const { type, status } = await client.me(stage.session.access)
      stage.expect(type === 'info', 'without a key ring it can not be checked, and that is no verdict', `${status}`)
      await stage.heal(first)
      await stage.back(`tokens, from ${first.target} alone`, () => client.me(stage.session.access), stage.backMs)
      await stage.heal(second)
      await stage.back('login', () => client.login(account), stage.backMs)
      await stage.back('refresh', () => client.health('ready'), stage.backMs)
      await stage.steady()
    }
  },
)
