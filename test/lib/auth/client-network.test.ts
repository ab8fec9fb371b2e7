import t from 'tap'
import { networkKeyOf, networkOf } from '../../../lib/auth/client-network.ts'

t.test('an address is its network', async (t) => {
  for (const [address, network] of [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:0201', '192.0.2.1'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:0DB8:0000:0000:ffff:1:2:3', '2001:db8:0:0::/64'],
    ['2001:db8:0:1::', '2001:db8:0:1::/64'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['not an address', 'not an address'],
  ] as const) {
    t.equal(networkOf(address), network, address)
  }
})

t.test('each server has a key of its own for them, the same each time', async (t) => {
  const [one, two] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
  t.strictSame(networkKeyOf(one), networkKeyOf(one))
  t.notOk(networkKeyOf(one).equals(networkKeyOf(two)))
  t.equal(networkKeyOf(one).length, 32)
})
