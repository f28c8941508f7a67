import type { OrderLineFact } from '#contracts/values.ts'
import type { MoneyJson } from '#kit/core/money.ts'
import type { OrderFacts } from './order.ts'

/** What an order was when it was placed: never changes, so it may be kept in memory. */
export interface PlacedOrder {
  readonly facts: OrderFacts
  readonly total: MoneyJson
  readonly lines: readonly OrderLineFact[]
}

const LIMIT = 2_000

/**
 * Orders this process placed a moment ago, so that the steps of their checkout need not read them back. Oldest first out;
 * a miss reads the database.
 */
export class RecentOrders {
  readonly #orders = new Map<string, PlacedOrder>()

  remember(order: PlacedOrder): void {
    this.#orders.set(order.facts.orderId, order)
    if (this.#orders.size > LIMIT) this.#orders.delete(this.#orders.keys().next().value as string)
  }

  get(orderId: string): PlacedOrder | undefined {
    return this.#orders.get(orderId)
  }
}
