/** Stars of products: told by reviews, and asked for when the read model is made anew. */
import type { Rating } from '#contracts/events/reviews.ts'
import type { Tx } from '#kit/db/db.ts'

/** Keeps what is later than what is known; whose stars have changed by it. The products have to be locked. */
export async function keepRatings(tx: Tx, ratings: readonly Rating[]): Promise<string[]> {
  const latest = new Map<string, Rating>()
  for (const one of ratings) if (one.revision >= (latest.get(one.productId)?.revision ?? 0)) latest.set(one.productId, one)
  const changed = await tx<{ id: string }[]>`
    insert into ratings as r (product_id, rating, reviews, revision)
    select x."productId", x.average, x.reviews, x.revision
      from jsonb_to_recordset(${JSON.stringify([...latest.values()])}::text::jsonb) as x("productId" uuid, average real, reviews integer, revision bigint)
     order by x."productId"
        on conflict (product_id) do update set rating = excluded.rating, reviews = excluded.reviews, revision = excluded.revision
     where r.revision < excluded.revision
    returning r.product_id as id`
  return changed.map(({ id }) => id)
}
