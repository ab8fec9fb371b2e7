import type { DependencyServer } from '../lab.ts'

/** The two servers of a lab. */
export interface Servers {
  readonly postgres: DependencyServer
  readonly redis: DependencyServer
  /** What the driver alone can tell, for the journal. */
  readonly about: Readonly<Record<string, string>>
}

/** Where a driver works. */
export interface Ground {
  /** A temporary folder. Processes that work in it, and it, are ended when the lab's owner is gone. */
  readonly folder: string
  /** Takes what undoes each step. */
  readonly stack: AsyncDisposableStack
  /** Told what takes long, or is not as one may expect. */
  say(text: string): void
}

/** Starts a Postgres with the empty database `tokenforge` and a Redis that keeps its data over restarts. */
export type Driver = (ground: Ground) => Promise<Servers>
