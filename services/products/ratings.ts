/** Stars of products: told by reviews, and asked for once of products that were there before this copy of them. */
import type { Rating } from '#contracts/events/reviews.ts'
import type { Query, Tx } from '#kit/db/db.ts'
import type { ProductsDeps } from './deps.ts'
import { refreshCards } from './store.ts'

const PAGE = 200

/** Keeps what is later than what is known, and draws the cards of those products anew. */
export async function keepRatings(tx: Query, ratings: readonly Rating[]): Promise<void> {
  const products = await storeRatings(tx, ratings)
  if (products.length > 0) await refreshCards(tx, products)
}

/** Products whose stars are others now. What is told twice costs one statement. */
async function storeRatings(tx: Query, ratings: readonly Rating[]): Promise<string[]> {
  const latest = new Map<string, Rating>()
  for (const one of ratings) if (one.revision >= (latest.get(one.productId)?.revision ?? 0)) latest.set(one.productId, one)
  const told = JSON.stringify([...latest.values()])
  const turned = await tx<{ id: string }[]>`
    select p.id from jsonb_to_recordset(${told}::text::jsonb) as r("productId" uuid, revision bigint)
      join products p on p.id = r."productId" where p.rating_revision < r.revision`
  if (turned.length === 0) return []
  const products = turned.map(({ id }) => id)
  // In the order of every writer of products; a later revision may have come meanwhile.
  await tx`select 1 from products p where p.id = any (${products}::uuid[]) order by p.id for update`
  await tx`
    update products p set rating = r.average, review_count = r.reviews, rating_revision = r.revision
      from jsonb_to_recordset(${told}::text::jsonb) as r("productId" uuid, average real, reviews integer, revision bigint)
     where p.id = r."productId" and p.id = any (${products}::uuid[]) and p.rating_revision < r.revision`
  return products
}

/** Asks for the stars of all products once, page by page, wherever the last run stopped, and draws their cards with them. */
export async function fillRatings({ db, reviews }: Pick<ProductsDeps, 'db' | 'reviews'>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const more = await db.tx(async (tx: Tx) => {
      const [filling] = await tx<
        { after: string | null }[]
      >`select f.after from ratings_filled f where not f.done for update skip locked`
      if (!filling) return false
      const page = await tx<{ id: string }[]>`
        select p.id from products p where (${filling.after}::uuid is null or p.id > ${filling.after}::uuid) order by p.id limit ${PAGE} for update`
      const ids = page.map(({ id }) => id)
      if (ids.length > 0) {
        await storeRatings(tx, (await reviews.ratings({ productIds: ids })).ratings)
        await refreshCards(tx, ids)
      }
      const last = ids.length < PAGE
      await tx`update ratings_filled set after = ${ids.at(-1) ?? filling.after}, done = ${last}`
      return !last
    })
    if (!more) return
  }
}
