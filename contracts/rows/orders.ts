import Type from 'typebox'
import { OrderStatus } from '#contracts/events/orders.ts'
import { Uuid } from '#contracts/values.ts'
import { defineRows } from '#kit/messaging/rows/row-events.ts'

/** Amounts are minor units; personal data is in tables that are not published. */
export const OrderRows = defineRows(
  'orders.orders',
  'A row of the table of orders was written.',
  Type.Object({ id: Uuid, number: Type.String(), status: OrderStatus, version: Type.Number() }),
)
export const OrderItemRows = defineRows(
  'orders.order_items',
  'A row of the lines of orders was written.',
  Type.Object({ order_id: Uuid, line_no: Type.Number(), sku: Type.String(), quantity: Type.Number() }),
)
