import { LowStockAlert, OutOfStock } from '#contracts/events/inventory.ts'
import * as orders from '#contracts/events/orders.ts'
import * as reviews from '#contracts/events/reviews.ts'
import { may, type Principal } from '#kit/core/principal.ts'

interface AreaDefinition {
  /** who has none of them hears nothing of it */
  readonly permissions: readonly string[]
  readonly events: readonly { readonly type: string; readonly topic: string }[]
}

/** What a page of staff may show while it changes, and the events that say that it did. */
const DEFINITIONS = {
  orders: {
    permissions: ['orders:read-any'],
    events: [
      orders.OrderCreated,
      orders.OrderConfirmed,
      orders.OrderUpdated,
      orders.OrderShipped,
      orders.OrderDelivered,
      orders.OrderCompleted,
      orders.OrderCancelled,
    ],
  },
  returns: {
    permissions: ['returns:decide', 'returns:receive'],
    events: [orders.ReturnRequested, orders.ReturnApproved, orders.ReturnRejected, orders.ReturnCompleted],
  },
  reviews: {
    permissions: ['reviews:moderate'],
    events: [
      reviews.ReviewCreated,
      reviews.ReviewUpdated,
      reviews.ReviewFlagged,
      reviews.ReviewPublished,
      reviews.ReviewRejected,
      reviews.ReviewReplied,
      reviews.ReviewWithdrawn,
    ],
  },
  stock: { permissions: ['inventory:read'], events: [LowStockAlert, OutOfStock] },
} as const satisfies Record<string, AreaDefinition>

export type Area = keyof typeof DEFINITIONS
const AREAS = Object.keys(DEFINITIONS) as Area[]

const events = AREAS.flatMap((area) => DEFINITIONS[area].events.map(({ type, topic }) => ({ area, type, topic })))
const areaOfType = new Map<string, Area>(events.map(({ type, area }) => [type, area]))

/** topics that have to be followed to hear of every area */
export const LIVE_TOPICS: readonly string[] = [...new Set(events.map(({ topic }) => topic))]

/** Undefined: events of this type change nothing that a page shows. */
export const areaOf = (type: string): Area | undefined => areaOfType.get(type)

export const areasOf = (principal: Principal): Area[] =>
  AREAS.filter((area) => DEFINITIONS[area].permissions.some((permission) => may(principal, permission)))
