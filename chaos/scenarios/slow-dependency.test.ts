import { latency } from '../faults.ts'
import { WITH_BREAKERS } from '../play/checks.ts'
import { CALM } from '../play/loads.ts'
import { scenario } from '../play/scenario.ts'
import { BRISK } from '../play/settings.ts'

scenario(
  'slow-dependency',
  {
    title: '50 ms, 500 ms, 5 s of latency: what is slow is waited for, what is too slow is refused, and nothing flaps',
    settings: BRISK,
    crowd: { accounts: 8, sessionsEach: 2 },
    load: CALM,
    checks: WITH_BREAKERS,
    needs: ['network', 'settings'],
  },
  async (stage) => {
    const { auth, breakers, history } = stage
    for (const dependency of [stage.postgres, stage.redis]) {
      for (const ms of [50, 500, 5000]) {
        const fault = latency(dependency, ms)
        const from = history.now()
        await stage.strike(fault)
        if (ms === 50) await stage.steady()
        else await stage.hold(150)
        const states = history
          .events()
          .flatMap((e) => (e.at >= from && e.type === 'breaker' && e.dependency === dependency.name ? [e.state] : []))
        const text = `${dependency.name} with ${ms} ms more`
        if (ms === 50) stage.expect(states.length === 0, `${text}: goes on`, states.join(' '))
        if (ms === 5000) stage.expect(states.includes('open'), `${text}: the breaker opens`, states.join(' '))
        stage.expect(!states.includes('closed'), `${text}: nothing flaps`, states.join(' '))
        await stage.heal(fault)
        await breakers.reach(auth.name, dependency.name, 'closed', stage.backMs)
        if (ms === 5000) await stage.steady()
      }
    }
  },
)
