import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const PROMETHEUS = join(import.meta.dirname, '../../ops/prometheus')
/** The files with rules, by name. */
export const RULE_FILES = globSync('*.rules.yaml', { cwd: PROMETHEUS }).sort()

/** An alert as its file has it. */
export interface Alert {
  readonly name: string
  readonly file: string
  /** Its lines. */
  readonly text: string
}

/** All alerts of the shipped rules. */
export function shippedAlerts(): Alert[] {
  return RULE_FILES.flatMap((file) => {
    const [, ...blocks] = readFileSync(join(PROMETHEUS, file), 'utf8').split(/^ +- alert: /m)
    return blocks.map((text) => ({ name: /^\w+/.exec(text)?.[0] ?? '', file, text }))
  })
}

/** What a text of PromQL and prose reads: `name{label="value"}` with its labels, or a name alone. */
export interface Selector {
  readonly name: string
  readonly labels: readonly { readonly name: string; readonly is: RegExp }[]
}

/** The selectors of our metrics and of the process metrics in a text. Values that are no patterns are plain words. */
export function selectorsIn(text: string): Selector[] {
  return [...text.matchAll(/\b((?:tokenforge|nodejs|process)_\w+)(?:\{([^}]*)\})?/g)].map(
    ([, name = '', labels = '']) => ({
      name,
      labels: [...labels.matchAll(/(\w+)=~?"([^"]*)"/g)].map(([, label = '', value = '']) => ({
        name: label,
        is: new RegExp(`^(?:${value})$`),
      })),
    }),
  )
}

/** Whether a series of a metrics text is read by the selector. */
export function reads({ name, labels }: Selector, metrics: string): boolean {
  return metrics.split('\n').some((line) => {
    const [, series, text = ''] = /^(\w+)(?:\{(.*)\})? /.exec(line) ?? []
    if (series !== name) return false
    const own = new Map([...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, value]) => [label, value]))
    return labels.every(({ name: label, is }) => is.test(own.get(label) ?? ''))
  })
}
