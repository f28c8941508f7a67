import { expect, it } from 'vitest'
import { busNames } from './bus-names.ts'

it('brings everything about an order by one channel, people and catalogue by two more', () => {
  expect(['order.events', 'payment.events', 'delivery.events'].map(busNames.channel)).toEqual(Array(3).fill('order-events'))
  expect(['user.events', 'product.events', 'inventory.events', 'cart.events'].map(busNames.channel)).toEqual([
    'user-events',
    'catalog-events',
    'catalog-events',
    'cart-events',
  ])
})

it('calls the queues of mails and of stock as other systems know them', () => {
  expect(busNames.queue('notifications')).toEqual({ queue: 'notification-queue', dead: 'notification-dlq' })
  expect(busNames.queue('inventory')).toEqual({ queue: 'catalog-order-queue', dead: 'catalog-order-dlq' })
  expect(busNames.queue('webhooks')).toEqual({ queue: 'webhooks-queue', dead: 'webhooks-dlq' })
})

it.each([
  ['OrderCreated.v1', 'ORDER_CREATED'],
  ['OrderStatusUpdated.v1', 'ORDER_STATUS_UPDATED'],
  ['PaymentProcessed.v1', 'PAYMENT_SUCCESS'],
  ['PaymentFailed.v2', 'PAYMENT_FAILED'],
  ['UserRegistered.v1', 'USER_REGISTERED'],
  ['LowStockAlert.v1', 'LOW_STOCK_ALERT'],
  ['ProductUpdated.v1', 'PRODUCT_UPDATED'],
])('calls %s %s outside', (type, name) => expect(busNames.event(type)).toBe(name))
