import { stopped } from '../faults.ts'
import { WITH_BREAKERS } from '../play/checks.ts'
import { summarizePhases } from '../play/phases.ts'
import { scenario } from '../play/scenario.ts'
import { BRISK } from '../play/settings.ts'

/** 500 operations a second. */
const LOAD = { verify: 350, me: 50, jwks: 25, refresh: 60, login: 4, register: 2, logout: 2, verify_ended: 5, live: 2 }

scenario(
  'load-during-failure',
  {
    title: '500 requests a second through stop and start of each dependency: latency and errors, phase by phase',
    settings: BRISK,
    crowd: { accounts: 30, sessionsEach: 7 },
    load: LOAD,
    checks: WITH_BREAKERS,
    needs: ['settings'],
  },
  async (stage) => {
    for (const dependency of [stage.postgres, stage.redis]) {
      const fault = stopped(dependency)
      await stage.strike(fault)
      await stage.opens(dependency.name)
      await stage.hold(1500)
      await stage.heal(fault)
      await stage.closes(dependency.name)
      stage.phase(`${dependency.name} is back`)
      await stage.hold(1000)
    }
    for (const { phase, operation, calls, failed, p50, p99 } of summarizePhases(stage.history.events())) {
      stage.notes.comment(`${phase}: ${operation} ${calls}, ${failed} not ok, p50 ${p50} ms, p99 ${p99} ms`)
    }
  },
)
