import type { Query } from '#kit/db/db.ts'
import { grouped } from '#kit/db/grouped.ts'

export interface Availability {
  sku: string
  available: number
  backorder: boolean
}

/**
 * What can be sold now, for each SKU asked, in one statement. `warehouses` null: all active ones. SKUs that are not known have nothing.
 * A hint for shoppers; only a reservation decides.
 */
export async function availability(
  sql: Query,
  skus: readonly string[],
  warehouses: readonly string[] | null,
): Promise<Availability[]> {
  const wished = [...new Set(skus)]
  return await sql<Availability[]>`
    select asked.sku,
           coalesce(sum(greatest(s.on_hand - s.reserved - s.owed, 0)) filter (where w.key is not null), 0)::integer as available,
           coalesce(bool_or(i.allow_backorder), false) as backorder
      from unnest(${wished}::text[]) with ordinality asked(sku, n)
      left join items i on i.sku = asked.sku
      left join stock s on s.sku = asked.sku
      left join warehouses w on w.key = s.warehouse and w.active
                            and (${warehouses === null} or w.key = any (${[...(warehouses ?? [])]}::text[]))
     group by asked.sku, asked.n
     order by asked.n`
}

/** The same for many shoppers of the moment: questions about the same warehouses share a statement, and a SKU in many carts is looked up once. */
export function groupedAvailability(
  sql: Query,
): (question: { skus: readonly string[]; warehouses: readonly string[] | null }) => Promise<Availability[]> {
  return grouped({ maxSize: 32, maxInFlight: 2 }, async (questions) => {
    const answers = new Array<Availability[]>(questions.length)
    const alike = Map.groupBy(questions.keys(), (index) => JSON.stringify(questions[index]!.warehouses))
    for (const indexes of alike.values()) {
      const { warehouses } = questions[indexes[0]!]!
      const found = await availability(
        sql,
        indexes.flatMap((index) => questions[index]!.skus),
        warehouses,
      )
      const bySku = new Map(found.map((one) => [one.sku, one]))
      for (const index of indexes) answers[index] = [...new Set(questions[index]!.skus)].map((sku) => bySku.get(sku)!)
    }
    return answers
  })
}
