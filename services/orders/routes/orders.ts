import Type from 'typebox'
import { Uuid } from '#contracts/values.ts'
import { may } from '#kit/core/principal.ts'
import { GUEST_TOKEN_HEADER, scopeOf } from '#kit/http/idempotency.ts'
import { page } from '#kit/http/paging.ts'
import { anyone, get, ownerGuestOr, post, type Route, signedIn } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { fingerprintOf, placeOrderOnce } from '../commands/answer-checkout.ts'
import { PlaceOrderBody } from '../commands/place-order.ts'
import type { OrdersDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { OrderView, PlacedOrderView } from '../order-view.ts'
import { refuseInvoice } from '../pay-on-invoice.ts'
import { listOrders, OrderQuery, OrderSummary } from '../queries/list-orders.ts'
import { ParcelView, parcelsOf } from '../queries/parcels.ts'
import { TimelineEntry, timelineOf } from '../queries/timeline.ts'
import { visibleOrder } from '../visible-order.ts'

const OrderId = closed({ id: Uuid })
const readers = ownerGuestOr('orders:read-any')

/** Placing orders and looking at them. */
export function orderRoutes(deps: OrdersDeps): Route[] {
  return [
    post(
      '/api/orders',
      {
        access: anyone,
        priority: 'high',
        summary: 'Place an order from a cart or from items; with a payment method it is paid and confirmed at once',
        body: PlaceOrderBody,
        response: PlacedOrderView,
        status: 201,
        idempotency: 'handler',
        errors: [
          errors.emptyOrder,
          errors.invalidAttributes,
          errors.noCart,
          errors.noAddress,
          errors.outOfStock,
          errors.priceChanged,
          errors.couponRefused,
          errors.giftCardRefused,
          errors.promotionRefused,
          errors.paymentDeclined,
          errors.invoiceNotOffered,
          errors.keyReused,
          errors.keyInFlight,
        ],
      },
      async ({ body, principal, channel, locale, headers, ip, idempotencyKey }) => {
        refuseInvoice(principal, body.paymentMethodId)
        const guestToken = headers[GUEST_TOKEN_HEADER]
        const { idempotency_key: bodyKey, ...rest } = body
        const key = idempotencyKey ?? bodyKey
        const request =
          key === undefined ? null : { scope: scopeOf(principal, guestToken, ip), key, fingerprint: fingerprintOf(rest) }
        return await placeOrderOnce(deps, { principal, channel, locale, guestToken, body, request })
      },
    ),

    get(
      '/api/orders',
      {
        access: signedIn,
        summary: 'Orders: a customer’s own; staff with orders:read-any see all',
        query: OrderQuery,
        response: page(OrderSummary),
      },
      async ({ query, principal }) => await listOrders(deps, query, may(principal, 'orders:read-any') ? undefined : principal.id),
    ),

    get(
      '/api/orders/number/:number',
      {
        access: readers,
        summary: 'One order by its number',
        params: closed({ number: Type.String({ minLength: 1, maxLength: 40 }) }),
        response: OrderView,
        versioned: true,
        errors: [errors.notFound],
      },
      async (request) => {
        const number = request.params.number.toUpperCase()
        const [row] = await deps.kit.db.sql<
          { order_id: string }[]
        >`select n.order_id from order_numbers n where n.number = ${number}`
        if (!row) throw errors.notFound({ number })
        const { order } = await visibleOrder(deps, row.order_id, request, 'orders:read-any').catch(() => {
          throw errors.notFound({ number })
        })
        return order
      },
    ),

    get(
      '/api/orders/:id',
      { access: readers, summary: 'One order', params: OrderId, response: OrderView, versioned: true, errors: [errors.notFound] },
      async (request) => (await visibleOrder(deps, request.params.id, request, 'orders:read-any')).order,
    ),

    get(
      '/api/orders/:id/timeline',
      {
        access: readers,
        summary: 'Every status the order went through, and what was decided and changed in between',
        params: OrderId,
        response: closed({ items: Type.Array(TimelineEntry) }),
        errors: [errors.notFound],
      },
      async (request) => {
        await visibleOrder(deps, request.params.id, request, 'orders:read-any')
        return { items: await timelineOf(deps.kit.db.sql, request.params.id) }
      },
    ),

    get(
      '/api/orders/:id/parcels',
      {
        access: readers,
        summary: 'Parcels of an order: carrier, tracking number, content and every state',
        params: OrderId,
        response: closed({ items: Type.Array(ParcelView) }),
        errors: [errors.notFound],
      },
      async (request) => ({
        items: await parcelsOf(deps, (await visibleOrder(deps, request.params.id, request, 'orders:read-any')).order),
      }),
    ),
  ]
}
