import type { PostalAddress } from '#contracts/values.ts'
import type { PlaceOrder } from './commands/place-order.ts'
import type { OrdersDeps } from './deps.ts'
import { errors } from './errors.ts'

/** What somebody wants to order, from wherever they said it. */
export interface Basket {
  readonly cartId: string | null
  readonly channel: string
  readonly locale: string
  /** one line per SKU, in the order they were first named */
  readonly lines: { sku: string; quantity: number }[]
  /** codes kept with the cart: the shopper has seen whether they apply */
  readonly couponCodes: readonly string[]
}

type Wish = Pick<PlaceOrder, 'channel' | 'locale' | 'guestToken'> & {
  readonly body: Pick<PlaceOrder['body'], 'cartId' | 'items' | 'locale'>
}

/** The caller's own cart, or the items of the request. Throws errors.noCart, errors.emptyOrder. */
export async function basketOf(deps: OrdersDeps, { body, ...input }: Wish, customerId: string | null): Promise<Basket> {
  const locale = body.locale ?? input.locale
  if (body.cartId) {
    const cart = await deps.cart.forCheckout({ cartId: body.cartId, userId: customerId, secret: input.guestToken ?? null })
    if (!cart) throw errors.noCart({ cartId: body.cartId })
    if (cart.lines.length === 0) throw errors.emptyOrder()
    return { cartId: cart.cartId, channel: cart.channel, locale, lines: summed(cart.lines), couponCodes: cart.couponCodes }
  }
  if (!body.items) throw errors.emptyOrder({}, { fields: [{ pointer: '/items', message: 'send items or a cartId' }] })
  return { cartId: null, channel: input.channel, locale, lines: summed(body.items), couponCodes: [] }
}

export function summed(lines: readonly { sku: string; quantity: number }[]): { sku: string; quantity: number }[] {
  const quantities = new Map<string, number>()
  for (const { sku, quantity } of lines) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity)
  return [...quantities].map(([sku, quantity]) => ({ sku, quantity }))
}

/** Where it goes: as sent, a saved address, or the customer's default. Somebody else's address id is no address. Throws errors.noAddress. */
export async function addressOf(deps: OrdersDeps, body: PlaceOrder['body'], customerId: string | null): Promise<PostalAddress> {
  if (body.shippingAddress) return body.shippingAddress
  if (customerId !== null) {
    const saved = await deps.users.address({ userId: customerId, ...(body.addressId ? { addressId: body.addressId } : {}) })
    if (saved.outcome === 'known') return saved.address
  }
  throw errors.noAddress(
    {},
    { fields: [{ pointer: body.addressId ? '/addressId' : '/shippingAddress', message: 'no such address' }] },
  )
}
