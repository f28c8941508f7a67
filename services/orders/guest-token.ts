import { createHmac, timingSafeEqual } from 'node:crypto'

/** A guest's key to one order: derived, so nothing has to be stored or mailed around in the clear. */
export function guestTokenOf(secret: Buffer, orderId: string): string {
  return createHmac('sha256', secret).update(orderId).digest('base64url')
}

export function isGuestToken(secret: Buffer, orderId: string, token: string | undefined): boolean {
  if (token === undefined) return false
  const expected = Buffer.from(guestTokenOf(secret, orderId))
  const given = Buffer.from(token)
  return expected.length === given.length && timingSafeEqual(expected, given)
}
