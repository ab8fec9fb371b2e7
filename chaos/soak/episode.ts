import { passes } from '../checks/verdict.ts'
import type { History } from '../history/history.ts'
import type { ScenarioResult, Step } from '../report/journal.ts'
import { auditAll, nothingLeft, recovers } from './aftermath.ts'
import type { Arena } from './arena.ts'
import { Crowd } from './crowd.ts'
import { doDeed } from './deeds.ts'
import { faultOf } from './fault-of.ts'
import { Injector } from './injector.ts'
import { allMade, type Judgement, judge } from './judge.ts'
import { describe, describeAt, type Episode } from './plan.ts'
import { startTimeline } from './timeline.ts'
import { NOBODY, type Veterans, veteransOf } from './veterans.ts'

export interface EpisodeWorld {
  readonly arena: Arena
  readonly history: History
  /** Sessions from the episode before. */
  readonly veterans: Veterans
  /** Ends it early: what holds is healed, and what was played is judged. */
  readonly signal: AbortSignal
  readonly say: (text: string) => void
}

export interface PlayedEpisode extends Omit<Judgement, 'verdicts'> {
  readonly episode: Episode
  readonly result: ScenarioResult
  readonly operations: number
  readonly faults: number
  /** Those who go on to the next episode; nobody when this one failed. */
  readonly veterans: Veterans
}

/** Names of the checks that failed. */
export function failedChecks({ result }: PlayedEpisode): readonly string[] {
  return result.verdicts.filter((verdict) => !passes(verdict)).map(({ check }) => check)
}

/**
 * Plays an episode: clients come, all is steady, what is planned happens, all is healed and steady again; then an audit
 * of all that was promised, and the judgement of this episode's history.
 *
 * @throws Error when it could not be begun, or something could not be healed: the harness's own failure; the signal's
 *   reason when that came before anything was disturbed
 */
export async function playEpisode(episode: Episode, world: EpisodeWorld): Promise<PlayedEpisode> {
  const { arena, history, veterans, signal, say } = world
  const { lab } = arena
  const from = history.now()
  const phase = (name: string) => history.record({ type: 'phase', phase: name })
  introduce(arena, history)
  await using crowd = new Crowd(arena, history, episode.seed)
  phase('clients come')
  await crowd.come(veterans)
  signal.throwIfAborted()

  phase('disturbed')
  const timeline = startTimeline(signal)
  const steps: Step[] = []
  const injector = new Injector({
    timeline,
    faultOf: (one) => faultOf(one, lab),
    deed: (one) => doDeed(one, crowd),
    record: (event) => history.record(event),
    onBegin(one) {
      say(describeAt(timeline.now(), one))
      steps.push({ text: `${one.id} ${describe(one)}`, ok: true, at: history.now() })
    },
  })
  try {
    const load = crowd.beWild(episode.load, episode.ms, timeline)
    await Promise.all([injector.play(episode.disturbances), load])
  } finally {
    await injector.healAll()
  }

  phase('healed')
  crowd.beSteady()
  const { verdict, isBack } = await recovers(lab, history)
  await crowd.rest()
  const ends = [verdict, ...(isBack ? [await auditAll(crowd)] : []), await nothingLeft(lab)]
  if (steps.length > 0) ends.push(allMade(steps.length, injector.problems))
  for (const searched of await arena.logs.search()) history.record(searched)
  const events = [...veterans.past, ...history.events()]
  const { verdicts, ...judgement } = judge(events)
  const all = [...ends, ...verdicts]
  const held = all.every(passes)
  return {
    episode,
    ...judgement,
    result: {
      name: history.scenario,
      title: `${injector.faults} faults within ${Math.round(timeline.now() / 1000)} s on two instances`,
      outcome: held ? 'passed' : 'failed',
      ...{ from, to: history.now(), steps, verdicts: all, recoveries: [] },
    },
    operations: events.filter(({ type }) => type === 'invoke').length,
    faults: injector.faults,
    veterans: held ? veteransOf(crowd.population, events) : NOBODY,
  }
}

/**
 * What happens in the lab goes into the history; of instances that run already those who judge their life must know.
 */
function introduce({ lab, tell }: Arena, history: History): void {
  tell((happening) => history.record(happening))
  if (history.events().some(({ type }) => type === 'process')) return
  for (const { name: instance, pid } of lab.instances) {
    if (pid !== undefined) history.record({ type: 'process', instance, pid, stage: 'ready' })
  }
}
