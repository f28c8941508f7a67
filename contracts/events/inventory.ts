import Type from 'typebox'
import { Sku, Uuid } from '#contracts/values.ts'
import { closed, defineEvent } from '#kit/messaging/event.ts'

const units = Type.Integer({ minimum: 0 })

export const InventoryUpdated = defineEvent(
  'InventoryUpdated.v1',
  'inventory',
  'sku',
  'The level of a SKU changed. Levels, not deltas: changes of the same moment are told once.',
  closed({ sku: Sku, onHand: units, reserved: units, available: units }),
)
export const LowStockAlert = defineEvent(
  'LowStockAlert.v1',
  'inventory',
  'sku',
  'Available stock fell to the threshold.',
  closed({ sku: Sku, available: units, threshold: units }),
)
export const OutOfStock = defineEvent('OutOfStock.v1', 'inventory', 'sku', 'Nothing is available any more.', closed({ sku: Sku }))
export const PurchaseOrderPlaced = defineEvent(
  'PurchaseOrderPlaced.v1',
  'inventory',
  'sku',
  'More stock was ordered from the supplier.',
  closed({ purchaseOrderId: Uuid, sku: Sku, quantity: Type.Integer({ minimum: 1 }) }),
)
export const ReservationExpired = defineEvent(
  'ReservationExpired.v1',
  'inventory',
  'orderId',
  'A hold ran out of time and the stock went back on sale.',
  closed({ orderId: Uuid }),
)
