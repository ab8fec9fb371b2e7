import type { Random } from './random.ts'

/** A set that gives a random member; every operation takes the same short time, whatever its size. */
export class Bag<T> {
  readonly #members: T[] = []
  readonly #places = new Map<T, number>()

  get size(): number {
    return this.#members.length
  }

  has(member: T): boolean {
    return this.#places.has(member)
  }

  add(member: T): void {
    if (this.#places.has(member)) return
    this.#places.set(member, this.#members.length)
    this.#members.push(member)
  }

  delete(member: T): boolean {
    const place = this.#places.get(member)
    const last = this.#members.at(-1)
    if (place === undefined || last === undefined) return false
    this.#members[place] = last
    this.#places.set(last, place)
    this.#members.pop()
    this.#places.delete(member)
    return true
  }

  /** Undefined when it is empty. */
  pick(random: Random): T | undefined {
    return this.#members.length === 0 ? undefined : this.#members[random.int(this.#members.length)]
  }

  [Symbol.iterator](): Iterator<T> {
    return [...this.#members][Symbol.iterator]()
  }
}
