import { hkdfSync } from 'node:crypto'
import { isIPv6 } from 'node:net'

const KEY_BYTES = 32
const GROUPS = 8
/** Whoever has one address of an IPv6 network has all of its 64 bits. */
const NETWORK_GROUPS = 4
const V4_INSIDE = ['0', '0', '0', '0', '0', 'ffff']

/** What one client can be held to: an IPv4 address, also when it comes inside IPv6, or an IPv6 network of 64 bits. */
export function networkOf(address: string): string {
  const [ip = ''] = address.split('%')
  if (!isIPv6(ip)) return address
  const groups = groupsOf(ip)
  if (V4_INSIDE.every((group, at) => groups[at] === group)) {
    const [high = 0, low = 0] = groups.slice(V4_INSIDE.length).map((group) => Number.parseInt(group, 16))
    return [high >> 8, high & 255, low >> 8, low & 255].join('.')
  }
  return `${groups.slice(0, NETWORK_GROUPS).join(':')}::/64`
}

/** The key of the networks that accounts are known from. It outlives a change of the key-encryption key, as `AUDIT_KEY` does. */
export function networkKeyOf(auditKey: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', auditKey, '', 'tokenforge/known-networks/1', KEY_BYTES))
}

/** The eight groups of an address, each without leading zeros. */
function groupsOf(ip: string): string[] {
  const [head = '', tail] = new URL(`http://[${ip}]`).hostname.slice(1, -1).split('::')
  const [left, right] = [head, tail ?? ''].map((part) => (part === '' ? [] : part.split(':')))
  const zeros = tail === undefined ? 0 : GROUPS - (left?.length ?? 0) - (right?.length ?? 0)
  return [...(left ?? []), ...Array<string>(zeros).fill('0'), ...(right ?? [])]
}
