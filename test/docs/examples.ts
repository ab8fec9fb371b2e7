import { readFileSync } from 'node:fs'
import { join } from 'node:path'

// Pages of docs/, and the programs in them.

/** The fenced blocks of one language under a heading of a page, in order. */
export function examplesUnder(heading: string, language: string, page = 'verifying.md'): string[] {
  const text = readFileSync(join(import.meta.dirname, '../../docs', page), 'utf8')
  const section = text.split(/^#{2,3} /m).find((one) => one.startsWith(heading)) ?? ''
  return [...section.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, of]) => of === language)
    .map(([, , text = '']) => text)
}

/**
 * The text with what stands for somebody's own addresses replaced by ours.
 *
 * @throws when one of them is not in it: the page and its test have come apart
 */
export function withOurs(text: string | undefined, ours: Readonly<Record<string, string>>): string {
  return Object.entries(ours).reduce((filled, [theirs, our]) => {
    if (!filled.includes(theirs)) throw new Error(`the example has no ${theirs}`)
    return filled.replaceAll(theirs, our)
  }, text ?? '')
}
