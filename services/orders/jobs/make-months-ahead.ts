import type { Job } from '#kit/service/service.ts'
import type { OrdersDeps } from '../deps.ts'

/** Months for which partitions exist before the first order of the month arrives. */
const AHEAD = 3

/** Partitions are made long before they are needed: a month that begins must not wait for a lock. */
export function makeMonthsAhead({ kit }: Pick<OrdersDeps, 'kit'>): Job {
  return {
    name: 'orders.make-months-ahead',
    everySeconds: 6 * 3600,
    run: async () => {
      await kit.db.sql`select ensure_order_month(now() + make_interval(months => n)) from generate_series(0, ${AHEAD}::int) n`
    },
  }
}
