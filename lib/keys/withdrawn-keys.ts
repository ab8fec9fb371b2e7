import type { Ring } from './ring.ts'

const MAX_REMEMBERED = 1000

/** The ids of keys that this instance has seen withdrawn, the last thousand: of them nobody has to be asked. */
export class WithdrawnKeys {
  readonly #kids = new Set<string>()

  has(kid: string): boolean {
    return this.#kids.has(kid)
  }

  /**
   * Takes notice of a change. An emergency withdraws every key, also those that signed nothing yet as far as this instance
   * knows. Within an epoch a key that is gone has outlived its tokens, or never signed any: the second is not noted, for
   * two rings that changed apart may differ in it until they are joined.
   */
  note(before: Ring, after: Ring): void {
    const kept = new Set(after.keys.map(({ kid }) => kid))
    for (const { kid, state } of before.keys) {
      if (!kept.has(kid) && (state !== 'next' || after.epoch > before.epoch)) this.#kids.add(kid)
    }
    for (const kid of this.#kids) if (this.#kids.size > MAX_REMEMBERED) this.#kids.delete(kid)
  }
}
