import { type BusNames, plainNames } from '#kit/messaging/bus-names.ts'

/** Channels of several topics: whoever cares for orders cares for their money and parcels too. */
const channels: Readonly<Record<string, string>> = {
  'order.events': 'order-events',
  'payment.events': 'order-events',
  'delivery.events': 'order-events',
  'user.events': 'user-events',
  'product.events': 'catalog-events',
  'inventory.events': 'catalog-events',
}

/** Queues that other systems know by another name than that of the service. */
const queues: Readonly<Record<string, string>> = {
  notifications: 'notification',
  inventory: 'catalog-order',
}

/** Types that are called otherwise outside. */
const events: Readonly<Record<string, string>> = {
  PAYMENT_PROCESSED: 'PAYMENT_SUCCESS',
}

/** Names on SNS and SQS: topics order-events, user-events, catalog-events; queues notification-queue, catalog-order-queue; events ORDER_CREATED … */
export const busNames: BusNames = {
  channel: (topic) => channels[topic] ?? plainNames.channel(topic),
  queue: (group) => plainNames.queue(queues[group] ?? group),
  event(type) {
    const name = plainNames.event(type)
    return events[name] ?? name
  },
}
