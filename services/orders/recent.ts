import type { OrderLineFact, PostalAddress } from '#contracts/values.ts'
import type { MoneyJson } from '#kit/core/money.ts'
import type { OrderFacts } from './order.ts'

/** What an order was when it was placed. Kept in memory only for its checkout, which knows when the order was changed. */
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
  readonly #addresses = new Map<string, PostalAddress | null>()

  remember(order: PlacedOrder): void {
    this.#orders.set(order.facts.orderId, order)
    if (this.#orders.size > LIMIT) this.#orders.delete(this.#orders.keys().next().value as string)
  }

  /** `work` needs the address of an order that nobody but us knows of yet. Afterwards it may change, so it is read. */
  async whilePlacing<T>(orderId: string, address: PostalAddress | null, work: () => Promise<T>): Promise<T> {
    this.#addresses.set(orderId, address)
    try {
      return await work()
    } finally {
      this.#addresses.delete(orderId)
    }
  }

  /** `undefined`: not known here. */
  addressOf(orderId: string): PostalAddress | null | undefined {
    return this.#addresses.get(orderId)
  }

  get(orderId: string): PlacedOrder | undefined {
    return this.#orders.get(orderId)
  }
}
