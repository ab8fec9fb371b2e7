import t from 'tap'
import { graveLines, PROPERTIES, tryProperty } from './run.ts'
import { openFuzzWorld } from './world.ts'

// Few cases, the same ones each time; `npm run fuzz` tries as many as one likes, and others each time.
const CASES = 500
const { FUZZ_SEED = '1' } = process.env
const seed = Number(FUZZ_SEED)
const world = await openFuzzWorld(t)

t.comment(`seed ${seed}`)

for (const property of PROPERTIES) {
  t.test(property.name, async (t) => {
    const { cases, failure } = await tryProperty(world, property, CASES, seed)
    t.equal(failure, undefined, `${cases} cases`)
  })
}

t.test('no request has left anything in the log that an operator must look at', async (t) => {
  t.strictSame(graveLines(world), [])
})

t.test('what does not hold is told, with the case and how to try it again', async (t) => {
  const { default: fc } = await import('fast-check')
  const wrong = { name: 'wrong', share: 1, make: () => fc.property(fc.nat(), (n) => n < 3) as never }
  const { failure } = await tryProperty(world, wrong, 100, seed)
  t.match(failure, /Counterexample: \[3\]/)
  t.match(failure, new RegExp(`seed: ${seed}\\b`))
})
