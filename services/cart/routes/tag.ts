import { hash } from 'node:crypto'
import { Reply } from '#kit/http/route.ts'
import type { CartView } from '../queries/show-cart.ts'

/**
 * Prices and stock move without the cart's version, so its tag names both: the version, which If-Match understands, and the content,
 * so that If-None-Match never gives an old price a pass.
 */
export function withTag(view: CartView): Reply<CartView> {
  // The text that is tagged is the one that is sent: two hundred lines are written once.
  const json = JSON.stringify(view)
  const etag = `"${view.version}-${hash('sha1', json, 'hex').slice(0, 20)}"`
  return new Reply(json as never, { headers: { 'content-type': 'application/json; charset=utf-8', etag } })
}
