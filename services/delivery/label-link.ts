import { createHmac, timingSafeEqual } from 'node:crypto'

/** How long a link to a label works, in seconds. */
const LIFETIME_SECONDS = 7 * 86_400

const signatureOf = (secret: Buffer, shipmentId: string, expires: number): Buffer =>
  createHmac('sha256', secret).update(`label:${shipmentId}:${expires}`).digest()

/** A link that lets whoever has it (a customer who sends something back) load one label until it expires. */
export function signLabelLink(secret: Buffer, publicUrl: string, shipmentId: string, now: Date): string {
  const expires = Math.floor(now.getTime() / 1000) + LIFETIME_SECONDS
  const signature = signatureOf(secret, shipmentId, expires).toString('base64url')
  return `${publicUrl}/api/delivery/shipments/${shipmentId}/label?expires=${expires}&signature=${signature}`
}

export function isGenuineLink(
  secret: Buffer,
  shipmentId: string,
  link: { expires?: number | undefined; signature?: string | undefined },
  now: Date,
): boolean {
  if (link.expires === undefined || link.signature === undefined || link.expires * 1000 < now.getTime()) return false
  const given = Buffer.from(link.signature, 'base64url')
  const expected = signatureOf(secret, shipmentId, link.expires)
  return given.length === expected.length && timingSafeEqual(given, expected)
}
