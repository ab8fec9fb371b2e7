import type { IRawProperty } from 'fast-check'
import type { FuzzWorld } from './world.ts'

/** Something that must hold for whatever is made up. */
export interface Property {
  readonly name: string
  /** Its part of all cases. */
  readonly share: number
  make(world: FuzzWorld): IRawProperty<unknown, boolean>
}
