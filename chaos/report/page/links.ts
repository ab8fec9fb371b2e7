import type { ScenarioView } from '../aggregate.ts'

/** A scenario with the id of its section. */
export interface Section {
  readonly id: string
  readonly view: ScenarioView
}

/** Gives each scenario an id that is readable in an address and occurs once. */
export function sectionsOf(views: readonly ScenarioView[]): readonly Section[] {
  const taken = new Set<string>()
  return views.map((view) => {
    const name = `scenario-${view.result.name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`
    let id = name
    for (let n = 2; taken.has(id); n++) id = `${name}-${n}`
    taken.add(id)
    return { id, view }
  })
}
