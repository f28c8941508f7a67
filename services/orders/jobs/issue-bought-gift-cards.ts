import type { Job } from '#kit/service/service.ts'
import { issueBoughtCards } from '../commands/issue-gift-card.ts'
import type { OrdersDeps } from '../deps.ts'

/**
 * Gift cards are issued when the order they were bought with is confirmed. By looking, not by hearing OrderConfirmed: hardly any
 * order has one, and a small index tells which, so that confirming costs the others nothing.
 */
export function issueBoughtGiftCards(deps: OrdersDeps): Job {
  return {
    name: 'orders.issue-bought-gift-cards',
    everySeconds: 2,
    run: async (signal) => {
      const waiting = await deps.kit.db.sql<{ order_id: string }[]>`
        select distinct l.order_id from order_gift_lines l join orders o on o.id = l.order_id
        where l.state = 'open' and o.status in ('CONFIRMED', 'SHIPPED', 'DELIVERED', 'COMPLETED') limit 100`
      for (const { order_id } of waiting) {
        if (signal.aborted) return
        await issueBoughtCards(deps, order_id)
      }
      if (waiting.length > 0) deps.kit.outbox.wake()
    },
  }
}
