import t, { type Test } from 'tap'
import { type Check, passes, type Verdict } from '../checks/verdict.ts'
import type { ScenarioResult } from '../report/journal.ts'
import { type Orders, ordersOrDefault } from '../runner/orders.ts'
import { openRunFolder, writePlayed } from '../runner/run-folder.ts'
import { audit } from '../workload/audit.ts'
import type { Mix } from '../workload/open-loop.ts'
import { type Crowd, populate } from '../workload/populate.ts'
import { needsNoLab } from './checks.ts'
import { obstacleTo, type Program } from './obstacle.ts'
import { type Scene, setScene } from './scene.ts'
import type { Stage } from './stage.ts'

/** What a scenario needs that a deployment which the harness did not start can't give. */
export type Need = 'network' | 'instances' | 'settings'

export interface ScenarioOptions {
  /** What it shows, one sentence. */
  readonly title: string
  /** Environment of the instances, beside what the lab gives. */
  readonly settings?: Readonly<Record<string, string>>
  /** How many instances there are; 1. */
  readonly instances?: number
  readonly crowd: Crowd
  /** Operations per second, all the time. */
  readonly load: Mix
  /** What the history is judged by at the end. */
  readonly checks: readonly Check[]
  readonly needs?: readonly Need[]
  /** Programs of this machine that it can't do without. */
  readonly programs?: readonly Program[]
}

/**
 * Defines a scenario, as a tap test: a lab, clients at work, a steady state; then `play`; then everything healed and
 * steady again, an audit of all that was promised, and the judgement over the history.
 */
export function scenario(name: string, options: ScenarioOptions, play: (stage: Stage) => Promise<void>): void {
  const orders = ordersOrDefault()
  const obstacle = obstacleTo(options, orders)
  if (obstacle === undefined) {
    void t.test(options.title, (t) => perform(t, name, options, play, orders))
    return
  }
  const { reason, fails } = obstacle
  const outcome = fails ? 'failed' : 'skipped'
  const result: ScenarioResult = { ...NOTHING, name, title: options.title, outcome, reason }
  writePlayed(openRunFolder(orders.runFolder), { result, about: {} })
  if (fails) void t.test(options.title, async (t) => void t.fail(reason))
  else void t.test(options.title, { skip: reason }, async () => {})
}

const NOTHING = { from: 0, to: 0, steps: [], verdicts: [], recoveries: [] }

async function perform(
  t: Test,
  name: string,
  options: ScenarioOptions,
  play: (stage: Stage) => Promise<void>,
  orders: Orders,
): Promise<void> {
  await using scene = await setScene(t, name, options, orders)
  const { history, notes, lab } = scene
  const from = history.now()
  let failure: unknown
  try {
    await act(scene, options, play)
  } catch (error) {
    failure = error
  }
  for (const searched of await scene.logs.search()) history.record(searched)
  const checks = orders.driver === 'deployment' ? options.checks.filter(needsNoLab) : options.checks
  const verdicts = checks.map((check) => check.judge(history.events()))
  for (const verdict of verdicts) t.ok(passes(verdict), describe(verdict), { violations: verdict.violations })
  const { steps, recoveries } = notes
  const held = failure === undefined && steps.every(({ ok }) => ok) && verdicts.every(passes)
  const result: ScenarioResult = {
    name,
    title: options.title,
    outcome: held ? 'passed' : 'failed',
    ...(failure !== undefined && { reason: String(failure instanceof Error ? failure.message : failure) }),
    from,
    to: history.now(),
    steps,
    verdicts,
    recoveries,
  }
  writePlayed(openRunFolder(orders.runFolder), { result, about: await lab.about() })
  if (failure !== undefined) throw failure
}

/** Everything that is played, up to the end of the load. */
async function act(
  scene: Scene,
  { crowd, load }: ScenarioOptions,
  play: (stage: Stage) => Promise<void>,
): Promise<void> {
  const { stage, client, population, notes } = scene
  notes.phase('clients come')
  await populate({ client, population }, crowd)
  scene.load.start(load)
  try {
    notes.phase('steady')
    await stage.steady()
    await play(stage)
  } finally {
    await stage.healAll()
  }
  notes.phase('healed')
  await stage.steady()
  await scene.load.stop()
  const { accounts, sessions, failed } = await audit({ client, population })
  stage.expect(failed === 0, `the audit: ${accounts} accounts log in, ${sessions} sessions go on`, `${failed} do not`)
}

function describe({ check, claim, judged, violations }: Verdict): string {
  return `${check}: ${claim} (${judged} judged, ${violations.length} violations)`
}
