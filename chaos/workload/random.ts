import { uniformFloat32 } from 'pure-rand/distribution/uniformFloat32'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { skipN } from 'pure-rand/utils/skipN'

/** Random numbers that come again with the same seed. */
export interface Random {
  /** From 0 up to 1. */
  float(): number
  /** A whole number from 0 up to `below`. */
  int(below: number): number
}

/** The first numbers of the generator hardly depend on the seed: the very first is always next to 1. */
const WARM_UP = 16

/** @param seed a 32-bit integer */
export function seededRandom(seed: number): Random {
  const generator = xoroshiro128plus(seed)
  skipN(generator, WARM_UP)
  return { float: () => uniformFloat32(generator), int: (below) => uniformInt(generator, 0, below - 1) }
}
