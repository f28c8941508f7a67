import { describe, expect, it } from 'vitest'
import type { OrderStatus } from '#contracts/events/orders.ts'
import { mayMove, ORDER_STATUSES, statusesBefore } from './order.ts'

/** Every step an order may take, written down a second time on purpose. */
const steps: readonly (readonly [OrderStatus, OrderStatus])[] = [
  ['PENDING', 'CONFIRMED'],
  ['PENDING', 'CANCELLED'],
  ['CONFIRMED', 'SHIPPED'],
  ['CONFIRMED', 'CANCELLED'],
  ['SHIPPED', 'DELIVERED'],
  ['DELIVERED', 'COMPLETED'],
  ['DELIVERED', 'RETURNED'],
  ['COMPLETED', 'RETURNED'],
]
const pairs = ORDER_STATUSES.flatMap((from) => ORDER_STATUSES.map((to) => [from, to] as const))

describe('the life of an order', () => {
  it('knows seven statuses', () => {
    expect(ORDER_STATUSES).toHaveLength(7)
  })

  it.each(pairs)('from %s to %s: only where a step leads', (from, to) => {
    expect(mayMove(from, to)).toBe(steps.some(([before, after]) => before === from && after === to))
  })

  it('says the same looking back', () => {
    for (const [from, to] of pairs) expect(statusesBefore(to).includes(from)).toBe(mayMove(from, to))
  })

  it('ends when it is cancelled or returned', () => {
    for (const to of ORDER_STATUSES) expect([mayMove('CANCELLED', to), mayMove('RETURNED', to)]).toEqual([false, false])
  })

  it('can be cancelled until the goods have left', () => {
    expect(statusesBefore('CANCELLED')).toEqual(['PENDING', 'CONFIRMED'])
  })
})
