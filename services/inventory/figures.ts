import type { Db } from '#kit/db/db.ts'
import type { Figure } from '#kit/service/service.ts'

/** How full the shelves are. */
export function figures({ db }: { readonly db: Pick<Db, 'read'> }): Figure[] {
  return [
    {
      name: 'inventory_skus',
      help: 'Articles by whether any warehouse has some left that nobody holds',
      labels: ['state'],
      read: async () => {
        const [row] = await db.read<[{ some: number; none: number }]>`
          select count(*) filter (where left_over > 0)::int as some, count(*) filter (where left_over <= 0)::int as none
            from (select sum(on_hand - reserved) as left_over from stock group by sku) s`
        return [
          { value: row.some, labels: { state: 'available' } },
          { value: row.none, labels: { state: 'out-of-stock' } },
        ]
      },
    },
  ]
}
