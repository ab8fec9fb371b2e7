import { type Figure, middleOf } from '../figures/figures.ts'

/** One plot: a point with its spread for each label. */
export interface Chart {
  readonly title: string
  readonly unit: string
  readonly labels: readonly string[]
  readonly median: readonly number[]
  readonly lowest: readonly number[]
  readonly highest: readonly number[]
}

/** A chart for each operation with those who did it, and one for each series of a kind. */
export function chartsOf(figures: readonly Figure[]): Chart[] {
  const groups = new Map<string, Figure[]>()
  for (const figure of figures) {
    const [what = '', who = '', wall] = figure.name.split(' | ')
    if (wall !== undefined || who === 'alone') continue
    const title = what.replace(/^login \d+$/, 'login')
    groups.set(title, [...(groups.get(title) ?? []), figure])
  }
  return [...groups].filter(([, group]) => group.length > 1 || (group[0]?.samples.length ?? 0) > 5).map(toChart)
}

function toChart([title, group]: [string, Figure[]]): Chart {
  const [first] = group
  const unit = first?.unit ?? ''
  // Many samples of one thing are a course of it.
  if (group.length === 1) {
    const samples = first?.samples ?? []
    const labels = samples.map((_, i) => String(i + 1))
    return { title, unit, labels, median: samples, lowest: samples, highest: samples }
  }
  const middles = group.map(({ samples }) => middleOf(samples))
  return {
    ...{
      title,
      unit,
      labels: group.map(({ name }) => name.split(' | ').reverse().join(', ').replace(`, ${title}`, '')),
    },
    median: middles.map(({ median }) => median),
    lowest: middles.map(({ lowest }) => lowest),
    highest: middles.map(({ highest }) => highest),
  }
}
