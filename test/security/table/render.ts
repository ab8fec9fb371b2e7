import { cellsOf, markdownTable } from '../../../chaos/tables/marked.ts'
import { ATTACKS, type AttackId } from '../attacks.ts'
import type { Result } from './results.ts'

const HEAD = ['id', 'attack', 'tried', 'checks', 'result', 'does not apply']
const HELD = 'held'

/** Ids that no test has tried. */
export function missingIn(results: readonly Result[]): AttackId[] {
  return ids().filter((id) => !results.some((result) => result.id === id))
}

export function renderTable(results: readonly Result[]): string {
  const rows = ids().map((id) => {
    const { name, ...rest } = ATTACKS[id]
    const own = results.filter((result) => result.id === id)
    const checks = own.reduce((sum, result) => sum + result.checks, 0)
    const verdict = own.length > 0 && own.every(({ held }) => held) ? HELD : '**failed**'
    const tried = own.map((result) => result.tried.replaceAll('|', '\\|')).join('<br>')
    return [id, name, tried, String(checks), verdict, 'not' in rest ? rest.not : '']
  })
  return markdownTable([HEAD, ...rows])
}

/** What a run must tell as the page does: everything but how many checks there were. */
export function essenceOf(table: string): string[][] {
  return cellsOf(table).map((cells) => cells.filter((_, column) => HEAD[column] !== 'checks'))
}

function ids(): AttackId[] {
  return Object.keys(ATTACKS) as AttackId[]
}
