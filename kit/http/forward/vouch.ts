import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'

/** For whom the gateway asks: `<epoch seconds> <address> <signature>`. */
export const VOUCHED_CLIENT = 'x-souk-client'
/** Purpose of the secret that the gateway and the services behind it derive. */
export const VOUCH_SECRET = 'clients the gateway vouches for'

const LIFE_SECONDS = 60
const MAX_LENGTH = 200

const sign = (key: KeyObject, said: string) => createHmac('sha256', key).update(said).digest('base64url')

/** Says for which client a request is passed on. Kept for a second per client: several requests share a signature. */
export function createVouching(secret: Buffer, now: () => number = Date.now): (client: string) => string {
  // made once: making a key of the secret costs more than the signature
  const key = createSecretKey(secret)
  let second = 0
  const kept = new Map<string, string>()
  return (client) => {
    const current = Math.floor(now() / 1000)
    if (current !== second || kept.size > 10_000) {
      second = current
      kept.clear()
    }
    const known = kept.get(client)
    if (known !== undefined) return known
    const said = `${current} ${client}`
    const header = `${said} ${sign(key, said)}`
    kept.set(client, header)
    return header
  }
}

/** The client for whom a gateway of this installation asks; undefined when nobody of the house says so. */
export function createVouchReader(
  secret: Buffer,
  now: () => number = Date.now,
): (headers: IncomingHttpHeaders) => string | undefined {
  const key = createSecretKey(secret)
  return (headers) => {
    const header = headers[VOUCHED_CLIENT]
    if (typeof header !== 'string' || header.length > MAX_LENGTH) return undefined
    const [seconds = '', client = '', signature = '', more] = header.split(' ')
    if (more !== undefined || client === '' || !/^\d{1,12}$/.test(seconds)) return undefined
    if (Math.abs(now() / 1000 - Number(seconds)) > LIFE_SECONDS) return undefined
    const given = Buffer.from(signature)
    const expected = Buffer.from(sign(key, `${seconds} ${client}`))
    return given.length === expected.length && timingSafeEqual(given, expected) ? client : undefined
  }
}
