import { hash } from 'node:crypto'
import { Reply } from '#kit/http/route.ts'
import type { CartView } from '../queries/show-cart.ts'

/**
 * Prices and stock move without the cart's version, so its tag names both: the version, which If-Match understands, and the content,
 * so that If-None-Match never gives an old price a pass.
 */
export function withTag(view: CartView): Reply<CartView> {
  return new Reply(view, { headers: { etag: `"${view.version}-${hash('sha1', JSON.stringify(view), 'hex').slice(0, 20)}"` } })
}
