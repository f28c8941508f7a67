import Type, { type Static } from 'typebox'
import { ReviewState, Stars } from '#contracts/events/reviews.ts'
import { Uuid } from '#contracts/values.ts'
import type { Query } from '#kit/db/db.ts'
import { ascending, descending, keyset, where } from '#kit/http/paging.ts'
import type { Deps } from '../deps.ts'
import { TagKey } from '../shapes.ts'
import { reviewColumns, type StoredReview, toLookAt } from '../store.ts'
import { allPicturesOf, ownView, picturesOf, publicView, staffView } from '../views.ts'

const id = { column: 'r.id', type: 'uuid' }

const publicList = keyset({
  list: 'reviews',
  id,
  sorts: {
    newest: descending('r.shown_at', 'timestamptz'),
    oldest: ascending('r.shown_at', 'timestamptz'),
    helpful: descending('r.helpfulness', 'real'),
    highest: descending('r.stars', 'smallint'),
    lowest: ascending('r.stars', 'smallint'),
  },
  initial: 'helpful',
})
export const ReviewQuery = publicList.query({
  productId: Uuid,
  stars: Type.Optional(Stars),
  verified: Type.Optional(Type.Boolean({ description: 'only of buyers' })),
  pictures: Type.Optional(Type.Boolean({ description: 'only with pictures' })),
  tag: Type.Optional(TagKey),
})

/** Shown reviews of a product. `askerId`: whose votes are told, null for guests. */
export async function listReviews(sql: Query, query: Static<typeof ReviewQuery>, askerId: string | null) {
  const at = publicList.position(query)
  const { productId, stars, verified, pictures, tag } = query
  const rows = await sql<(StoredReview & { myVote: boolean | null })[]>`
    select ${reviewColumns(sql)}, (select v.helpful from votes v where v.review_id = r.id and v.voter_id = ${askerId}) as "myVote", ${at.keys(sql)} from reviews r
    ${where(sql, [
      sql`r.product_id = ${productId} and r.state = 'published'`,
      stars !== undefined && sql`r.stars = ${stars}`,
      verified === true && sql`r.verified`,
      pictures === true && sql`exists (select 1 from pictures p where p.review_id = r.id and not p.waiting)`,
      tag !== undefined && sql`${tag} = any (r.tags)`,
    ])} ${at.after(sql)} ${at.order(sql)}`
  const pictured = await picturesOf(sql, rows)
  return at.page(rows, (row) => publicView(row, pictured(row.id), askerId))
}

/** In whose words products are named. */
export interface Reader {
  readonly channel: string
  readonly locale: string
}

export async function productsOf({ products }: Deps, { channel, locale }: Reader, rows: readonly StoredReview[]) {
  const ids = [...new Set(rows.map(({ productId }) => productId))]
  const { cards } = ids.length === 0 ? { cards: [] } : await products.cards({ channel, locale, ids })
  const known = new Map(cards.map(({ productId, card: { title, slug } }) => [productId, { title, slug }]))
  return (productId: string) => known.get(productId) ?? null
}

const ownList = keyset({
  list: 'own-reviews',
  id,
  sorts: { newest: descending('r.created_at', 'timestamptz') },
  initial: 'newest',
})
export const OwnQuery = ownList.query({})

export async function listOwn(deps: Deps, reader: Reader, query: Static<typeof OwnQuery>, authorId: string) {
  const sql = deps.db.sql
  const at = ownList.position(query)
  const rows = await sql<StoredReview[]>`
    select ${reviewColumns(sql)}, ${at.keys(sql)} from reviews r where r.author_id = ${authorId} ${at.after(sql)} ${at.order(sql)}`
  const pictured = await allPicturesOf(sql, rows, deps.pictureKey)
  const productOf = await productsOf(deps, reader, rows)
  return at.page(rows, (row) => ({ ...ownView(row, pictured(row.id)), product: productOf(row.productId) }))
}

const queue = keyset({
  list: 'review-queue',
  id,
  sorts: {
    oldest: ascending('r.queued_at', 'timestamptz'),
    newest: descending('r.queued_at', 'timestamptz'),
    reports: descending('r.open_reports', 'integer'),
  },
  initial: 'oldest',
})
export const QueueQuery = queue.query({
  state: Type.Optional(ReviewState),
  reported: Type.Optional(Type.Boolean({ description: 'only with reports that nobody has looked at' })),
  stars: Type.Optional(Stars),
  productId: Type.Optional(Uuid),
  authorId: Type.Optional(Uuid),
})

/** What staff have to look at; with a state, or an author, all of those. */
export async function listQueue(deps: Deps, reader: Reader, query: Static<typeof QueueQuery>) {
  const sql = deps.db.sql
  const at = queue.position(query)
  const { state, reported, stars, productId, authorId } = query
  const all = state !== undefined || authorId !== undefined || productId !== undefined
  const rows = await sql<StoredReview[]>`
    select ${reviewColumns(sql)}, ${at.keys(sql)} from reviews r
    ${where(sql, [
      !all && toLookAt(sql),
      state !== undefined && sql`r.state = ${state}`,
      reported === true && sql`r.open_reports > 0`,
      stars !== undefined && sql`r.stars = ${stars}`,
      productId !== undefined && sql`r.product_id = ${productId}`,
      authorId !== undefined && sql`r.author_id = ${authorId}`,
    ])} ${at.after(sql)} ${at.order(sql)}`
  const pictured = await allPicturesOf(sql, rows, deps.pictureKey)
  const productOf = await productsOf(deps, reader, rows)
  return at.page(rows, (row) => ({ ...staffView(row, pictured(row.id)), product: productOf(row.productId) }))
}
