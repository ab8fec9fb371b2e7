/** One measured quantity, a sample for each round. */
export interface Figure {
  /** What was done, and by whom: `refresh | TokenForge`. */
  readonly name: string
  readonly unit: string
  readonly samples: readonly number[]
}

/** The middle of some samples and how far they are apart. */
export interface Middle {
  readonly median: number
  readonly lowest: number
  readonly highest: number
}

/** Collects what the scenarios measure. */
export class Figures {
  readonly #figures = new Map<string, { name: string; unit: string; samples: number[] }>()

  add(name: string, unit: string, sample: number): void {
    const figure = this.#figures.get(name) ?? { name, unit, samples: [] }
    figure.samples.push(sample)
    this.#figures.set(name, figure)
  }

  all(): Figure[] {
    return [...this.#figures.values()]
  }
}

/** NaN where there are no samples. */
export function middleOf(samples: readonly number[]): Middle {
  const sorted = samples.toSorted((a, b) => a - b)
  const at = (i: number) => sorted[i] ?? Number.NaN
  const half = sorted.length / 2
  const median = sorted.length % 2 === 0 ? (at(half - 1) + at(half)) / 2 : at(Math.floor(half))
  return { median, lowest: at(0), highest: at(sorted.length - 1) }
}

/** The slope of a line through points, by least squares; NaN for fewer than two. */
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (of: 0 | 1) => points.reduce((sum, point) => sum + point[of], 0) / points.length
  const [x, y] = [mean(0), mean(1)]
  const covariance = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0)
  return covariance / points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0)
}
