import { earliestId } from '#kit/core/ids.ts'
import type { Db } from '#kit/db/db.ts'
import type { Figure } from '#kit/service/service.ts'

const DAY_MS = 24 * 3600_000

/** Orders of the last 24 hours. Their ids hold the time, so only the newest partition or two are read. */
export function figures({ db }: { readonly db: Pick<Db, 'read'> }): Figure[] {
  const since = () => earliestId(new Date(Date.now() - DAY_MS))
  return [
    {
      name: 'orders_last_day',
      help: 'Orders placed in the last 24 hours, by the state they are in now',
      labels: ['status'],
      read: async () => {
        const rows = await db.read<{ status: string; value: number }[]>`
          select status, count(*)::int as value from orders where id >= ${since()} and not imported group by status`
        return rows.map(({ status, value }) => ({ value, labels: { status } }))
      },
    },
    {
      name: 'orders_revenue_last_day',
      help: 'Total of the orders placed in the last 24 hours that were not cancelled, in the smallest unit of the currency',
      labels: ['currency'],
      read: async () => {
        const rows = await db.read<{ currency: string; value: number }[]>`
          select currency, sum(total)::float8 as value from orders
           where id >= ${since()} and not imported and status <> 'CANCELLED' group by currency`
        return rows.map(({ currency, value }) => ({ value, labels: { currency } }))
      },
    },
  ]
}
