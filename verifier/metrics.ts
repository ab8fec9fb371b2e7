import type { VerifierState } from './api.ts'
import type { Counts } from './counts.ts'

type Sample = readonly [labels: Record<string, string>, value: number]

/** Prometheus text, version 0.0.4. */
export function metricsText(state: VerifierState, counts: Counts): string {
  const by = (label: string, values: Partial<Record<string, number>>): Sample[] =>
    Object.entries(values).map(([name, value]) => [{ [label]: name }, value ?? 0])
  const one = (value: number): Sample[] => [[{}, value]]
  return [
    metric('keys', 'gauge', 'Keys that tokens are accepted of.', one(state.keys.length)),
    metric('keys_age_seconds', 'gauge', 'Since the issuer last confirmed the keys.', one(state.keysAgeMs / 1000)),
    metric(
      'revocations_age_seconds',
      'gauge',
      'Since the issuer was last in touch about revocations.',
      one(state.revocationsAgeMs / 1000),
    ),
    metric('revoked_sessions', 'gauge', 'Sessions whose tokens are refused.', one(state.revokedSessions)),
    metric(
      'following',
      'gauge',
      '1 for the way in which revocations are followed.',
      by('way', { stream: 0, polling: 0, none: 0, [state.following]: 1 }),
    ),
    metric(
      'seconds_until_refused',
      'gauge',
      'Until tokens are refused as uncheckable if the issuer stays silent.',
      one(state.secondsUntilRefused),
    ),
    metric('from_snapshot', 'gauge', '1 while the keys come from the snapshot.', one(Number(state.fromSnapshot))),
    metric('tokens_total', 'counter', 'Tokens verified, by verdict and reason.', [
      [{ verdict: 'valid', reason: '' }, counts.valid],
      ...verdicts('invalid', counts.invalid),
      ...verdicts('uncheckable', counts.uncheckable),
    ]),
    metric('answers_total', 'counter', 'Times the issuer was in touch.', by('part', counts.answers)),
    metric('faults_total', 'counter', 'What went wrong in the background.', by('part', counts.faults)),
  ].join('')
}

function verdicts(verdict: string, values: Partial<Record<string, number>>): Sample[] {
  return Object.entries(values).map(([reason, value]) => [{ verdict, reason }, value ?? 0])
}

function metric(name: string, type: 'gauge' | 'counter', help: string, samples: readonly Sample[]): string {
  const full = `tokenforge_verifier_${name}`
  const lines = samples.map(([labels, value]) => `${full}${labelText(labels)} ${number(value)}`)
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${lines.map((line) => `${line}\n`).join('')}`
}

/** All names and values are words of ours: nothing needs escaping. */
function labelText(labels: Record<string, string>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value}"`)
  return pairs.length === 0 ? '' : `{${pairs.join()}}`
}

function number(value: number): string {
  return value === Number.POSITIVE_INFINITY ? '+Inf' : String(value)
}
