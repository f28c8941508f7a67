import Type from 'typebox'
import { checkout } from '#contracts/processes/checkout.ts'
import { Nullable, Timestamp, Uuid } from '#contracts/values.ts'
import { OrderStatus } from '#contracts/events/orders.ts'
import { may, type Principal } from '#kit/core/principal.ts'
import { GUEST_TOKEN_HEADER, scopeOf } from '#kit/http/idempotency.ts'
import { get, ownerGuestOr, post, put, anyone, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { fingerprintOf, placeOrderOnce } from './commands/answer-checkout.ts'
import { PlaceOrderBody } from './commands/place-order.ts'
import type { OrdersDeps } from './deps.ts'
import { errors } from './errors.ts'
import { isGuestToken } from './guest-token.ts'
import { OrderView, PlacedOrderView } from './order-view.ts'
import { getOrder } from './queries/get-order.ts'

const OrderId = closed({ id: Uuid })

export function orderRoutes(deps: OrdersDeps): Route[] {
  /** The order, if the caller may see it; everybody else gets the answer of an order that does not exist. */
  async function visible(id: string, principal: Principal, guestToken: string | undefined): Promise<OrderView> {
    const order = await getOrder(deps.kit.db.sql, id)
    if (!order) throw errors.notFound({ orderId: id })
    const own = principal.kind === 'user' && order.customerId === principal.id
    const guest = order.customerId === null && isGuestToken(deps.kit.secret('orders/guest-token'), id, guestToken)
    if (!own && !guest && !may(principal, 'orders:read-any')) throw errors.notFound({ orderId: id })
    return order
  }

  return [
    post(
      '/api/orders',
      {
        access: anyone,
        summary: 'Place an order from a cart or from items; with a payment method it is paid and confirmed at once',
        body: PlaceOrderBody,
        response: PlacedOrderView,
        status: 201,
        idempotency: 'handler',
        errors: [errors.emptyOrder, errors.noCart, errors.noAddress, errors.outOfStock, errors.priceChanged, errors.paymentDeclined, errors.keyReused, errors.keyInFlight],
      },
      async ({ body, principal, channel, locale, headers, ip, idempotencyKey }) => {
        const guestToken = headers[GUEST_TOKEN_HEADER]
        const { idempotency_key: bodyKey, ...rest } = body
        const key = idempotencyKey ?? bodyKey
        const request = key === undefined ? null : { scope: scopeOf(principal, guestToken, ip), key, fingerprint: fingerprintOf(rest) }
        return await placeOrderOnce(deps, { principal, channel, locale, guestToken, body, request })
      },
    ),

    get(
      '/api/orders/:id',
      { access: ownerGuestOr('orders:read-any'), summary: 'One order', params: OrderId, response: OrderView, versioned: true, errors: [errors.notFound] },
      async ({ params, principal, headers }) => await visible(params.id, principal, headers[GUEST_TOKEN_HEADER]),
    ),

    put(
      '/api/orders/:id/confirm',
      {
        access: ownerGuestOr('orders:write'),
        summary: 'Pay and confirm an order that was placed without a payment method',
        params: OrderId,
        query: closed({ paymentMethodId: Type.String({ minLength: 1, maxLength: 200 }) }),
        response: OrderView,
        idempotency: 'handler',
        errors: [errors.notFound, errors.notOpen, errors.paymentDeclined, errors.outOfStock],
      },
      async ({ params, query, principal, headers }) => {
        const order = await visible(params.id, principal, headers[GUEST_TOKEN_HEADER])
        if (order.status === 'CONFIRMED') return order
        const asked = await deps.kit.processes.post(deps.kit.db.sql, checkout, params.id, { type: 'pay-requested', paymentMethodId: query.paymentMethodId } as { type: string })
        if (!asked) throw errors.notOpen({ orderId: params.id, status: order.status })
        const result = await deps.kit.processes.advance(checkout, params.id)
        if (result?.outcome === 'cancelled') throw errors.paymentDeclined({ orderId: params.id, reason: result.detail ?? result.reason })
        return (await getOrder(deps.kit.db.sql, params.id)) as OrderView
      },
    ),

    get(
      '/api/orders/:id/timeline',
      {
        access: ownerGuestOr('orders:read-any'),
        summary: 'Every status the order went through',
        params: OrderId,
        response: closed({ items: Type.Array(closed({ from: Nullable(OrderStatus), to: OrderStatus, actor: Type.String(), note: Nullable(Type.String()), at: Timestamp })) }),
        errors: [errors.notFound],
      },
      async ({ params, principal, headers }) => {
        await visible(params.id, principal, headers[GUEST_TOKEN_HEADER])
        const rows = await deps.kit.db.sql<{ from: OrderStatus | null; to: OrderStatus; actor: string; note: string | null; at: Date }[]>`
          select h.from_status as "from", h.to_status as "to", h.actor, h.note, h.at from order_history h where h.order_id = ${params.id} order by h.seq`
        return { items: rows.map((row) => ({ ...row, at: row.at.toISOString() })) }
      },
    ),
  ]
}
