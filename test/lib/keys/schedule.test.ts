import t from 'tap'
import { createRing, type NewKey, replaceNext, revokeAll, rotate } from '../../../lib/keys/ring.ts'
import { type Schedule, taskFor } from '../../../lib/keys/schedule.ts'
import { namedKey } from '../../fixtures/keys.ts'

const MINUTE = 60_000
const DAY = 86_400_000
const schedule: Schedule = { signingAlg: 'ES256', keyRotationInterval: 30 * DAY, keyRetirement: DAY }
const first = createRing(namedKey('a'), namedKey('b'), 0)
const rsa = (kid: string): NewKey => ({ ...namedKey(kid), alg: 'RS256' })

t.test('nothing to do until it is time to rotate', async (t) => {
  t.equal(taskFor(first, schedule, 0), null)
  t.equal(taskFor(first, schedule, 30 * DAY - 1), null)
  t.equal(taskFor(first, schedule, 30 * DAY), 'rotate')
  const second = rotate(first, namedKey('c'), 30 * DAY)
  t.equal(taskFor(second, schedule, 30 * DAY), null)
  t.equal(taskFor(second, schedule, 60 * DAY), 'rotate')
})

t.test('a key that has retired goes when its time is over', async (t) => {
  const ring = rotate(first, namedKey('c'), 10 * DAY)
  t.equal(taskFor(ring, schedule, 11 * DAY - 1), null)
  t.equal(taskFor(ring, schedule, 11 * DAY), 'prune')
})

t.test('without a next key one is published first', async (t) => {
  const bare = revokeAll(first, namedKey('x'), false, 100 * DAY)
  t.equal(taskFor(bare, schedule, 100 * DAY), 'publish-next')
  t.equal(taskFor(bare, schedule, 200 * DAY), 'publish-next')
  t.equal(taskFor(replaceNext(bare, namedKey('y'), 100 * DAY), schedule, 100 * DAY), null)
})

t.test('a next key is published for 10 minutes before it signs', async (t) => {
  const late = replaceNext(first, namedKey('c'), 30 * DAY)
  t.equal(taskFor(late, schedule, 30 * DAY + 10 * MINUTE - 1), null)
  t.equal(taskFor(late, schedule, 30 * DAY + 10 * MINUTE), 'rotate')
})

t.test('or for the rotation interval, when that is shorter', async (t) => {
  const quick = { ...schedule, keyRotationInterval: MINUTE }
  t.equal(taskFor(first, quick, MINUTE - 1), null)
  t.equal(taskFor(first, quick, MINUTE), 'rotate')
})

t.test('another algorithm: published as the next key, then rotated to without waiting for the interval', async (t) => {
  const chosen: Schedule = { ...schedule, signingAlg: 'RS256' }
  t.equal(taskFor(first, chosen, MINUTE), 'publish-next')
  const published = replaceNext(first, rsa('c'), MINUTE)
  t.equal(taskFor(published, chosen, 11 * MINUTE - 1), null)
  t.equal(taskFor(published, chosen, 11 * MINUTE), 'rotate')
  const rotated = rotate(published, rsa('d'), 11 * MINUTE)
  t.equal(taskFor(rotated, chosen, 11 * MINUTE), null)
})

t.test('a ring that has lost its active key gets one from the next', async (t) => {
  const keys = first.keys.filter((key) => key.state === 'next')
  t.equal(taskFor({ ...first, keys }, schedule, 10 * MINUTE), 'rotate')
})
