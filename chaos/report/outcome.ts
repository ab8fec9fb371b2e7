import type { Completion } from '../history/events.ts'

/** What became of a request, in the order of the charts. */
export const OUTCOMES = ['ok', 'refused', 'verdict', 'lost'] as const
export type Outcome = (typeof OUTCOMES)[number]

/** How the report names them. */
export const OUTCOME_LABELS: Readonly<Record<Outcome, string>> = {
  ok: 'OK',
  refused: 'refused 503',
  verdict: 'verdict 4xx',
  lost: 'lost',
}

/** A 503 has decided nothing and says so; any other answer of unknown outcome counts as lost, as no answer does. */
export function outcomeOf({ type, status }: Pick<Completion, 'type' | 'status'>): Outcome {
  if (type === 'ok') return 'ok'
  if (type === 'fail') return 'verdict'
  return status === 503 ? 'refused' : 'lost'
}
