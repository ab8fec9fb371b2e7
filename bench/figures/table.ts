import { markdownTable } from '../../chaos/tables/marked.ts'
import { goalText, isMet, type Ratio } from './ratios.ts'

/** Three digits that matter, no more. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return '-'
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en')
  return String(Number(value.toPrecision(3)))
}

/** Each ratio with its spread and what is wanted of it. */
export function ratioTable(ratios: readonly Ratio[]): string {
  const rows = ratios.map((ratio) => {
    const met = isMet(ratio)
    const verdict = met === undefined ? '' : met ? 'met' : '**missed**'
    return [ratio.name, short(ratio.median), spread(ratio), goalText(ratio.goal), verdict]
  })
  return markdownTable([['ratio', 'median', 'rounds', 'goal', ''], ...rows])
}

function spread({ lowest, highest }: Ratio): string {
  return `${short(lowest)} to ${short(highest)}`
}
