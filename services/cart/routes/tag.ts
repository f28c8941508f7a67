import { hash } from 'node:crypto'
import { Reply } from '#kit/http/route.ts'
import type { CartView } from '../queries/show-cart.ts'

/**
 * Prices and stock move without the cart's version, so its tag names both: the version, which If-Match understands, and the content,
 * so that If-None-Match never gives an old price a pass.
 */
export function withTag(view: CartView): Reply<CartView> {
  // The bytes that are tagged are those that are sent: two hundred lines are written and encoded once.
  const json = Buffer.from(JSON.stringify(view))
  const etag = `"${view.version}-${hash('sha1', json, 'hex').slice(0, 20)}"`
  return new Reply(json as never, { headers: { 'content-type': 'application/json; charset=utf-8', etag } })
}
