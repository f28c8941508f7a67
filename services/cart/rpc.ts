import { type CheckoutCart, cartRpc } from '#contracts/rpc/cart.ts'
import { implement } from '#kit/rpc/rpc.ts'
import type { CartDeps } from './deps.ts'
import { hashSecret } from './owner.ts'

/** What checkout asks of a cart: one statement each. */
export function cartCalls({ db }: CartDeps) {
  return implement(cartRpc, {
    forCheckout: async ({ cartId, userId, secret }) => {
      const rows = await db.sql<CheckoutCart[]>`
        select c.id as "cartId", c.user_id as "userId", c.channel, c.locale, c.version, c.coupon_codes as "couponCodes",
               coalesce((select json_agg(json_build_object('sku', l.sku, 'quantity', l.quantity) order by l.added_at, l.sku)
                           from cart_lines l where l.cart_id = c.id), '[]') as lines
          from carts c
         where c.id = ${cartId} and c.state = 'active' and c.touched_at + cart_lifetime(c.user_id) >= now()
           and (c.user_id = ${userId}::uuid or c.secret_hash = ${secret === null ? null : hashSecret(secret)}::bytea)`
      return rows[0] ?? null
    },
    close: async ({ cartId, orderId }) => {
      await db.sql`update carts c set state = 'ordered', order_id = ${orderId}, version = c.version + 1 where c.id = ${cartId} and c.state = 'active'`
      return {}
    },
  })
}
