import { revokeAllHolds, revokeAllSignsAnew } from '../checks/index.ts'
import { UNHURT } from '../play/checks.ts'
import { CALM } from '../play/loads.ts'
import { scenario } from '../play/scenario.ts'
import { BRISK } from '../play/settings.ts'
import { forgeToken, stealSigningKey } from '../play/thief.ts'

const BOUND_MS = 1000

scenario(
  'key-leak',
  {
    title:
      'A signing key has leaked: Revoke All ends every token of it on each instance within a second, and no session',
    settings: BRISK,
    instances: 2,
    crowd: { accounts: 6, sessionsEach: 2 },
    load: { ...CALM, verify_voided: 5 },
    checks: [...UNHURT, revokeAllHolds({ boundMs: BOUND_MS }), revokeAllSignsAnew({ boundMs: BOUND_MS })],
    needs: ['instances', 'settings'],
  },
  async (stage) => {
    const { client, lab, history } = stage
    const stolen = await stealSigningKey(lab)
    const forged = await forgeToken(stolen, stage.session.access, history.clock)
    for (const to of lab.instances) {
      stage.expectAnswer(await client.verify(forged, {}, { to }), '200', `${to.name} takes a forged token for real`)
    }
    stage.phase('revoke all')
    const revoked = await client.revokeAll()
    stage.expectAnswer(revoked, '200', 'Revoke All')
    const begin = history.now()
    for (const to of lab.instances) {
      let last = await client.verify(forged, {}, { to })
      while (last.type === 'ok' && history.now() - begin < 5 * BOUND_MS) last = await client.verify(forged, {}, { to })
      stage.expectAnswer(last, '401 invalid_token', `${to.name} refuses the forged token`)
      stage.notes.recovered(`${to.name} knows`, history.now() - begin, BOUND_MS)
    }
    await stage.hold(300)
    const { sessions, loggedOut } = stage.population
    stage.expect(loggedOut.length === 0, 'nobody is logged out', `${sessions.length} sessions go on`)
  },
)
