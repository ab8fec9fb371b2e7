import { type Html, html } from '../html.ts'
import type { ScenarioResult } from '../journal.ts'

/** `good`, `bad` or `none`: colour, symbol and word say the same, so that each is enough alone. */
export type Tone = 'good' | 'bad' | 'none'

const SYMBOLS: Readonly<Record<Tone, string>> = { good: '✓', bad: '✗', none: '–' }

/** A symbol and a word. */
export function mark(tone: Tone, word: string): Html {
  return html`<span class="mark ${tone}"><span aria-hidden="true">${SYMBOLS[tone]}</span> ${word}</span>`
}

const TONES: Readonly<Record<ScenarioResult['outcome'], Tone>> = { passed: 'good', failed: 'bad', skipped: 'none' }

/** How a scenario ended. */
export function outcomeMark(outcome: ScenarioResult['outcome']): Html {
  return mark(TONES[outcome], outcome)
}
