import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Why an address outside is not asked. Words for logs and for whoever entered the address; never what lies behind it. */
export type OutwardRefusal = 'not-a-url' | 'not-https' | 'credentials' | 'fragment' | 'port' | 'private-address' | 'no-address'

export class OutwardRefused extends Error {
  readonly reason: OutwardRefusal
  constructor(reason: OutwardRefusal) {
    super(sentences[reason])
    this.name = 'OutwardRefused'
    this.reason = reason
  }
}

const sentences: Record<OutwardRefusal, string> = {
  'not-a-url': 'is not an address',
  'not-https': 'must begin with https://',
  credentials: 'must not carry a user or password',
  fragment: 'must not have a #part',
  port: 'must use port 443 or one from 1024 up',
  'private-address': 'must not lead into a private network',
  'no-address': 'has a name that leads nowhere',
}

/**
 * True for addresses of the public internet. Everything else is refused, also what is only written differently or leads
 * there through a translation (IPv4 in IPv6, 6to4, NAT64), and blocks nobody should be reached at.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address) || isIP(address) === 0) return false
  return ipaddr.parse(address).range() === 'unicast'
}

/**
 * Checks an address that somebody entered and we shall call (webhooks, pictures to fetch). Names are looked up later, when
 * connecting. `allowPrivate` (development, tests) also allows http:, any port and private networks. Throws OutwardRefused.
 */
export function outwardUrl(text: string, { allowPrivate }: { allowPrivate: boolean }): URL {
  if (!URL.canParse(text)) throw new OutwardRefused('not-a-url')
  const url = new URL(text)
  if (url.protocol !== 'https:' && !(allowPrivate && url.protocol === 'http:')) throw new OutwardRefused('not-https')
  if (url.username !== '' || url.password !== '') throw new OutwardRefused('credentials')
  if (url.hash !== '') throw new OutwardRefused('fragment')
  if (allowPrivate) return url
  if (url.port !== '' && Number(url.port) < 1024) throw new OutwardRefused('port')
  const host = hostOf(url)
  if (isIP(host) !== 0 && !isPublicAddress(host)) throw new OutwardRefused('private-address')
  if (/(^|\.)(localhost|local|internal|home\.arpa)\.?$/.test(host) || !/[.:]/.test(host))
    throw new OutwardRefused('private-address')
  return url
}

/** Host without the brackets of IPv6. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '')
}
