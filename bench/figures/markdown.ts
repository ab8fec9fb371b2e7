import { markdownTable } from '../../chaos/tables/marked.ts'
import { type Figure, middleOf } from './figures.ts'
import { short } from './table.ts'

/** What was measured, for the page: each figure with its spread. Rates by the wall clock are in the kept run alone. */
export function figureTable(figures: readonly Figure[]): string {
  const shown = figures.filter(({ name }) => !name.endsWith('| wall'))
  const rows = shown.map(({ name, unit, samples }) => {
    const { median, lowest, highest } = middleOf(samples)
    const [what = '', who = ''] = name.split(' | ')
    return [what, who, short(median), samples.length > 1 ? `${short(lowest)} to ${short(highest)}` : '', unit]
  })
  return markdownTable([['what', 'by whom, or when', 'median', 'rounds', 'unit'], ...rows])
}
