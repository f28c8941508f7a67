import Type, { type Static } from 'typebox'
import { Stars } from '#contracts/events/reviews.ts'
import { Uuid } from '#contracts/values.ts'
import { ascending, descending, keyset, where } from '#kit/http/paging.ts'
import type { Deps } from '../deps.ts'
import { reviewColumns, type StoredReview } from '../store.ts'
import { picturesOf, shownView } from '../views.ts'
import { productsOf, type Reader } from './list-reviews.ts'

/** The catalogue tells so many products at once, … */
const AT_ONCE = 1000
/** … and a stall with more has the reviews of its latest ones. */
const MOST_PRODUCTS = 20_000

const list = keyset({
  list: 'seller-reviews',
  id: { column: 'r.id', type: 'uuid' },
  sorts: {
    newest: descending('r.shown_at', 'timestamptz'),
    oldest: ascending('r.shown_at', 'timestamptz'),
    lowest: ascending('r.stars', 'smallint'),
  },
  initial: 'newest',
})
export const SellerQuery = list.query({
  answered: Type.Optional(Type.Boolean({ description: 'by the shop or by the seller' })),
  stars: Type.Optional(Stars),
  reviewId: Type.Optional(Uuid),
})

/** Shown reviews of what a seller sells; of nobody else's products, and nothing that waits or was hidden. */
export async function listForSeller(deps: Deps, reader: Reader, query: Static<typeof SellerQuery>, sellerId: string) {
  const products = await productsSoldBy(deps, sellerId)
  if (products.length === 0) return { items: [] }
  const sql = deps.db.sql
  const at = list.position(query)
  const { answered, stars, reviewId } = query
  const rows = await sql<StoredReview[]>`
    select ${reviewColumns(sql)}, ${at.keys(sql)} from reviews r
    ${where(sql, [
      sql`r.product_id = any (${products}::uuid[]) and r.state = 'published'`,
      answered !== undefined && sql`(r.reply is not null) = ${answered}`,
      stars !== undefined && sql`r.stars = ${stars}`,
      reviewId !== undefined && sql`r.id = ${reviewId}`,
    ])} ${at.after(sql)} ${at.order(sql)}`
  const pictured = await picturesOf(sql, rows)
  const productOf = await productsOf(deps, reader, rows)
  return at.page(rows, (row) => ({ ...shownView(row, pictured(row.id)), product: productOf(row.productId) }))
}

async function productsSoldBy({ products }: Deps, userId: string): Promise<string[]> {
  const ids: string[] = []
  for (let before: string | undefined; ids.length < MOST_PRODUCTS; ) {
    const { productIds, next } = await products.soldBy({ userId, limit: AT_ONCE, ...(before === undefined ? {} : { before }) })
    ids.push(...productIds)
    if (next === null) break
    before = next
  }
  return ids
}
