/** One way in which a dependency fails, and its end. */
export interface Fault {
  readonly name: string
  /** `postgres`, `redis`, or `both`. */
  readonly target: string
  /** Makes it happen. Resolves when it has. */
  strike(): Promise<void>
  /** Asks the dependency, past the app, whether the fault holds now. */
  proof(): Promise<boolean>
  /** Ends it. Healing what is well does nothing. */
  heal(): Promise<void>
}
