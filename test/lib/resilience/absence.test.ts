import t from 'tap'
import { Absence, type TimeSpan } from '../../../lib/resilience/absence.ts'

const JOIN_MS = 10_000
const NOW = 1_700_000_000_000
const NEVER: TimeSpan = { from: 0, to: 0 }

/** The absence that looks at these moments show; all of it in milliseconds from now. */
function absence(...looks: readonly number[]) {
  const one = new Absence(JOIN_MS)
  for (const at of looks) one.looked(NOW + at, NEVER)
  return fromNow(one.span)
}

function fromNow({ from, to }: TimeSpan): TimeSpan {
  return to === 0 ? { from, to } : { from: from - NOW, to: to - NOW }
}

t.test('looks that follow each other are no absence', async (t) => {
  t.strictSame(absence(5_000, 5_300, 5_900, 6_800), { from: 0, to: 0 })
})

t.test('a gap between two looks is one', async (t) => {
  t.strictSame(absence(5_000, 5_300, 17_300, 17_600), { from: 5_300, to: 17_300 })
})

t.test('a second one soon after continues the first, a later one does not', async (t) => {
  t.strictSame(absence(5_000, 8_000, 8_300, 12_000), { from: 5_000, to: 12_000 })
  const looks = Array.from({ length: 40 }, (_, i) => 8_000 + i * 300)
  t.strictSame(absence(5_000, ...looks, 30_000), { from: 19_700, to: 30_000 })
})

t.test('a new instance goes by what any other has seen', async (t) => {
  const one = new Absence(JOIN_MS)
  one.looked(NOW + 20_000, { from: NOW + 5_000, to: NOW + 19_000 })
  t.strictSame(fromNow(one.span), { from: 5_000, to: 19_000 })
  one.looked(NOW + 22_000, { from: NOW + 5_000, to: NOW + 19_000 })
  t.strictSame(fromNow(one.span), { from: 5_000, to: 22_000 }, 'and its own continues that')
  const first = new Absence(JOIN_MS)
  first.looked(NOW, NEVER)
  t.strictSame(first.span, { from: 0, to: 0 }, 'nobody has ever looked')
})
