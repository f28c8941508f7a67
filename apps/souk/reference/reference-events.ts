import type { Reference } from './reference-endpoints.ts'

/** An event that the references name, and who of theirs acts on it. */
export interface ReferenceEvent {
  /** without version */
  readonly name: string
  readonly from: readonly Reference[]
  /** `works`: declared and published. Otherwise what it waits for. */
  readonly state: 'works' | { readonly later: string }
  /** services that hear it here; a flow is named `flow <name>` */
  readonly heardBy: readonly string[]
  /** where a reference lets a service react and Souk does it otherwise */
  readonly otherwise?: string
}

const event = (
  name: string,
  from: readonly Reference[],
  heardBy: readonly string[] = [],
  otherwise?: string,
): ReferenceEvent => ({
  name,
  from,
  state: 'works',
  heardBy,
  ...(otherwise ? { otherwise } : {}),
})
const later = (name: string, from: readonly Reference[], what: string): ReferenceEvent => ({
  name,
  from,
  state: { later: what },
  heardBy: [],
})

export const referenceEvents: readonly ReferenceEvent[] = [
  event('UserRegistered', ['R1', 'R3'], ['notifications']),
  event('UserProfileUpdated', ['R3']),
  event('UserDeleted', ['R3'], ['auth', 'cart', 'orders', 'payments', 'notifications', 'search', 'recommendations']),
  event('UserAuthenticated', ['R3']),
  event('LoginFailed', ['R3']),
  event('TokenRefreshed', ['R3']),
  event('ProductCreated', ['R0', 'R3'], ['search', 'recommendations']),
  event('ProductUpdated', ['R0', 'R1', 'R3'], ['search', 'recommendations']),
  event('ProductDeleted', ['R0', 'R3'], ['search', 'recommendations']),
  event('PriceChanged', ['R3'], ['cart', 'search', 'recommendations']),
  event('ProductViewed', ['R0', 'M'], ['recommendations']),
  event('InventoryUpdated', ['R3'], ['cart', 'search']),
  event('LowStockAlert', ['R1', 'R3', 'R4'], ['notifications']),
  event('OutOfStock', ['R3']),
  event('ItemAddedToCart', ['R3'], ['recommendations']),
  event('ItemRemovedFromCart', ['R3'], ['recommendations']),
  event('CartUpdated', ['R3']),
  event('CartAbandoned', ['R3'], ['notifications']),
  event('OrderCreated', ['R1', 'R3', 'R4'], ['notifications'], 'stock is held by a call of the checkout, before the event'),
  event('OrderConfirmed', ['R1', 'R3'], ['inventory', 'delivery', 'notifications', 'search', 'recommendations']),
  event('OrderUpdated', ['R3', 'R4'], ['recommendations']),
  event('OrderCancelled', ['R1', 'R3', 'R4'], ['inventory', 'payments', 'delivery', 'notifications', 'recommendations']),
  event('OrderShipped', ['R1'], ['notifications']),
  event('OrderDelivered', ['R1'], ['notifications']),
  event('OrderCompleted', ['R3']),
  event('OrderStatusUpdated', ['R1', 'R2']),
  event('PaymentAuthorized', ['R4']),
  event('PaymentProcessed', ['R1', 'R3'], ['flow checkout', 'notifications']),
  event('PaymentFailed', ['R1', 'R3', 'R4'], ['flow checkout', 'flow payment-failed', 'notifications']),
  event('RefundIssued', ['R3'], ['notifications']),
  event('ShipmentCreated', ['R3']),
  event('ShipmentDispatched', ['R3'], ['orders', 'notifications']),
  event('DeliveryCompleted', ['R3'], ['orders'], 'the customer is told by OrderDelivered, once for all parcels'),
  event('ReturnInitiated', ['R3']),
  event('ReviewCreated', ['R3']),
  event('ReviewUpdated', ['R3']),
  event('ReviewFlagged', ['R3']),
  later('ProductPurchased', ['R0'], 'a reader that OrderConfirmed is not enough for'),
  event('ProductQueried', ['R3']),
  later('ProductSignals', ['R3'], 'a reader that ProductViewed is not enough for'),
  later('CartSignals', ['R3'], 'a reader that ItemAddedToCart is not enough for'),
]
