import { defineErrors } from '#kit/core/errors.ts'

export const errors = defineErrors('inventory', {
  notFound: ['not-found', 'This SKU is not known to the stock.'],
  warehouseNotFound: ['not-found', 'There is no such warehouse.'],
  warehouseExists: ['conflict', 'A warehouse with this key exists already.'],
  warehouseInUse: ['rule', 'The warehouse still holds stock, or it is the last active one.'],
  unknownWarehouse: ['rule', 'The change names a warehouse that does not exist.'],
  belowReserved: ['rule', 'This would take away stock that is promised to orders.'],
  outOfStock: ['rule', 'There is not enough stock.'],
  holdEnded: ['conflict', 'The hold of this order has ended.'],
  versionConflict: ['precondition-failed', 'Somebody else changed this in the meantime; read it again.'],
  overtaken: ['conflict', 'Somebody else corrected this stock in the meantime; try again.'],
  reorderIncomplete: ['rule', 'A reorder point needs a reorder quantity, and the other way round.'],
  balanceBelowZero: ['rule', 'The imported movements would leave a balance below what is promised to orders.'],
  purchaseOrderNotFound: ['not-found', 'There is no such purchase order.'],
  purchaseOrderClosed: ['conflict', 'The purchase order is closed.'],
  tooManyWatchers: ['rate-limited', 'Too many callers watch stock levels at the moment.'],
  receiptTooLarge: ['rule', 'More was received than is still open on the purchase order.'],
})
