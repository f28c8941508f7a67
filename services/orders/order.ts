import type { OrderStatus } from '#contracts/events/orders.ts'

/**
 * The life of an order. Pure.
 *
 *   PENDING → CONFIRMED → SHIPPED → DELIVERED → COMPLETED
 *      └──────────┴→ CANCELLED          └───────────┴→ RETURNED
 */
const NEXT: Record<OrderStatus, readonly OrderStatus[]> = {
  PENDING: ['CONFIRMED', 'CANCELLED'],
  CONFIRMED: ['SHIPPED', 'CANCELLED'],
  SHIPPED: ['DELIVERED'],
  DELIVERED: ['COMPLETED', 'RETURNED'],
  COMPLETED: ['RETURNED'],
  CANCELLED: [],
  RETURNED: [],
}

export const ORDER_STATUSES = Object.keys(NEXT) as OrderStatus[]

/** The same status again is no move and no error: a repeated command changes nothing. */
export function mayMove(from: OrderStatus, to: OrderStatus): boolean {
  return NEXT[from].includes(to)
}

/** The statuses an order may be in to get to `to`: for the condition of the UPDATE. */
export function statusesBefore(to: OrderStatus): OrderStatus[] {
  return ORDER_STATUSES.filter((from) => mayMove(from, to))
}

export interface OrderFacts {
  readonly orderId: string
  readonly number: string
  readonly channel: string
  readonly customerId: string | null
  readonly locale: string
  readonly imported: boolean
}
