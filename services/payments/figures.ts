import { earliestId } from '#kit/core/ids.ts'
import type { Db } from '#kit/db/db.ts'
import type { Figure } from '#kit/service/service.ts'

const DAY_MS = 24 * 3600_000

/** How payments of the last 24 hours ended. */
export function figures({ db }: { readonly db: Pick<Db, 'read'> }): Figure[] {
  return [
    {
      name: 'payments_last_day',
      help: 'Payments begun in the last 24 hours, by gateway and the state they are in now',
      labels: ['gateway', 'state'],
      read: async () => {
        const rows = await db.read<{ gateway: string; state: string; value: number }[]>`
          select gateway, state, count(*)::int as value from payments
           where id >= ${earliestId(new Date(Date.now() - DAY_MS))} group by gateway, state`
        return rows.map(({ gateway, state, value }) => ({ value, labels: { gateway, state } }))
      },
    },
  ]
}
