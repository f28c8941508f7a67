import { may, type Principal } from '#kit/core/principal.ts'
import type { Query } from '#kit/db/db.ts'
import { GUEST_TOKEN_HEADER } from '#kit/http/idempotency.ts'
import type { OrdersDeps } from './deps.ts'
import { errors } from './errors.ts'
import { isGuestToken } from './guest-token.ts'
import type { OrderView } from './order-view.ts'
import { getOrder } from './queries/get-order.ts'
import { staffActor } from '#contracts/actor.ts'

interface Caller {
  readonly principal: Principal
  readonly headers: Readonly<Record<string, string | undefined>>
}

/** An order and who looks at it: its owner (a customer, or a guest with the order's token), or staff. */
export interface VisibleOrder {
  readonly order: OrderView
  readonly isOwner: boolean
  /** for the history: `customer`, `guest`, `staff:<id>`, `key:<id>` */
  readonly actor: string
}

/**
 * The order, if the caller is its owner or has the permission. Everybody else gets the answer of an order that does not
 * exist: errors.notFound. Where a transaction is open, pass it: a second connection for each request would empty the pool.
 */
export async function visibleOrder(
  deps: OrdersDeps,
  orderId: string,
  { principal, headers }: Caller,
  permission: string,
  sql: Query = deps.kit.db.sql,
): Promise<VisibleOrder> {
  // in a transaction the order may be in the making: no copy of it counts
  const order = await (sql === deps.kit.db.sql ? deps.copies.get(sql, orderId) : getOrder(sql, orderId))
  if (!order) throw errors.notFound({ orderId })
  const isCustomer = principal.kind === 'user' && order.customerId === principal.id
  const isGuest =
    order.customerId === null && isGuestToken(deps.kit.secret('orders/guest-token'), orderId, headers[GUEST_TOKEN_HEADER])
  if (isCustomer) return { order, isOwner: true, actor: 'customer' }
  if (isGuest) return { order, isOwner: true, actor: 'guest' }
  if (!may(principal, permission)) throw errors.notFound({ orderId })
  return { order, isOwner: false, actor: staffActor(principal) }
}
