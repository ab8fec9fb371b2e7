import t from 'tap'
import { ddmin } from '../../../chaos/soak/ddmin.ts'

const ITEMS = Array.from({ length: 20 }, (_, i) => i)

/** Fails when all of these are in it; counts its questions. */
function needs(...wanted: number[]) {
  const asked: string[] = []
  const fails = async (part: readonly number[]) => {
    asked.push(part.join())
    return wanted.every((item) => part.includes(item))
  }
  return { fails, asked }
}

t.test('exactly those that it takes are left, wherever they stand', async (t) => {
  for (const wanted of [[0], [19], [7], [3, 4], [0, 19], [2, 9, 16], [0, 5, 10, 15], ITEMS]) {
    t.strictSame(await ddmin(ITEMS, needs(...wanted).fails), wanted)
  }
})

t.test('either of two causes is enough', async (t) => {
  const found = await ddmin(ITEMS, async (part) => part.includes(4) || part.includes(13))
  t.equal(found.length, 1)
})

t.test('nothing is left when it fails without any', async (t) => {
  const { fails, asked } = needs()
  t.strictSame(await ddmin(ITEMS, fails), [])
  t.equal(asked.length, 1)
})

t.test('few questions, and none twice', async (t) => {
  const { fails, asked } = needs(7)
  await ddmin(ITEMS, fails)
  t.ok(asked.length <= 12, `${asked.length} questions`)
  const more = needs(1, 8, 14)
  await ddmin(ITEMS, more.fails)
  t.equal(new Set(more.asked).size, more.asked.length)
})

t.test('what fails by chance is never larger than what was given, and was seen to fail', async (t) => {
  const failed = new Set([ITEMS.join()])
  let turn = 0
  const found = await ddmin(ITEMS, async (part) => {
    turn += 1
    const fails = part.includes(11) && turn % 3 !== 0
    if (fails) failed.add(part.join())
    return fails
  })
  t.ok(failed.has(found.join()))
})

t.test('when the time is up, the smallest so far is the answer', async (t) => {
  const { fails, asked } = needs(3)
  const found = await ddmin(ITEMS, fails, () => asked.length < 3)
  t.equal(asked.length, 3)
  t.ok(found.includes(3) && found.length < ITEMS.length, found.join())
  t.strictSame(await ddmin(ITEMS, needs(3).fails, () => false), ITEMS)
})
