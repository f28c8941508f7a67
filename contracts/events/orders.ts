import Type, { type Static } from 'typebox'
import { ChannelKey, Locale, Nullable, OrderLineFact, Timestamp, Uuid } from '#contracts/values.ts'
import { MoneyJson } from '#kit/core/money.ts'
import { closed, defineEvent } from '#kit/messaging/event.ts'

export const OrderStatus = Type.Union([
  Type.Literal('PENDING'),
  Type.Literal('CONFIRMED'),
  Type.Literal('SHIPPED'),
  Type.Literal('DELIVERED'),
  Type.Literal('COMPLETED'),
  Type.Literal('CANCELLED'),
  Type.Literal('RETURNED'),
])
export type OrderStatus = Static<typeof OrderStatus>

export const CancelReason = Type.Union([
  Type.Literal('customer'),
  Type.Literal('staff'),
  Type.Literal('out-of-stock'),
  Type.Literal('payment-failed'),
  Type.Literal('payment-timeout'),
  Type.Literal('reservation-expired'),
])
export type CancelReason = Static<typeof CancelReason>

/** What every order event says, so that a consumer need not ask back. `imported` marks history brought in from another shop: no mails. */
const order = {
  orderId: Uuid,
  number: Type.String(),
  channel: ChannelKey,
  customerId: Nullable(Uuid),
  locale: Locale,
  imported: Type.Boolean(),
}

export const OrderCreated = defineEvent(
  'OrderCreated.v1',
  'order',
  'orderId',
  'An order was placed; stock and money are still open.',
  closed({ ...order, placedAt: Timestamp, total: MoneyJson, lines: Type.Array(OrderLineFact) }),
)
export const OrderConfirmed = defineEvent(
  'OrderConfirmed.v1',
  'order',
  'orderId',
  'Stock is taken and the money is there (or promised, on invoice and on delivery).',
  closed({ ...order, total: MoneyJson, lines: Type.Array(OrderLineFact) }),
)
export const OrderUpdated = defineEvent(
  'OrderUpdated.v1',
  'order',
  'orderId',
  'Lines, addresses or notes of an order changed. With changed lines: what it is now.',
  closed({
    ...order,
    changed: Type.Array(Type.String()),
    total: Type.Optional(MoneyJson),
    lines: Type.Optional(Type.Array(OrderLineFact)),
  }),
)
export const OrderShipped = defineEvent(
  'OrderShipped.v1',
  'order',
  'orderId',
  'The last open line left the warehouse.',
  closed({ ...order, shipmentId: Nullable(Uuid) }),
)
export const OrderDelivered = defineEvent('OrderDelivered.v1', 'order', 'orderId', 'Everything arrived.', closed({ ...order }))
export const OrderCompleted = defineEvent(
  'OrderCompleted.v1',
  'order',
  'orderId',
  'The return window is over, or the customer said that all is well.',
  closed({ ...order, total: MoneyJson }),
)
export const OrderCancelled = defineEvent(
  'OrderCancelled.v1',
  'order',
  'orderId',
  'The order will not be fulfilled; stock and money go back.',
  closed({ ...order, reason: CancelReason, lines: Type.Array(OrderLineFact) }),
)
export const OrderStatusUpdated = defineEvent(
  'OrderStatusUpdated.v1',
  'order',
  'orderId',
  'The status moved.',
  closed({ ...order, from: OrderStatus, to: OrderStatus }),
)

const returned = { ...order, returnId: Uuid, kind: Type.Union([Type.Literal('return'), Type.Literal('exchange')]) }
export const ReturnRequested = defineEvent(
  'ReturnRequested.v1',
  'order',
  'orderId',
  'A customer wants to send goods back.',
  closed(returned),
)
export const ReturnApproved = defineEvent(
  'ReturnApproved.v1',
  'order',
  'orderId',
  'Staff (or a rule) agreed; the customer gets a label.',
  closed(returned),
)
export const ReturnRejected = defineEvent(
  'ReturnRejected.v1',
  'order',
  'orderId',
  'Staff refused the return.',
  closed({ ...returned, reason: Type.String() }),
)
export const ReturnCompleted = defineEvent(
  'ReturnCompleted.v1',
  'order',
  'orderId',
  'Goods are back; the refund or the replacement is on its way.',
  closed({ ...returned, refund: Nullable(MoneyJson), replacementOrderId: Nullable(Uuid) }),
)
