import { reviewsRpc } from '#contracts/rpc/reviews.ts'
import { implement } from '#kit/rpc/rpc.ts'
import type { Deps } from './deps.ts'
import { findReview, ratingOf, reviewColumns, type StoredReview } from './store.ts'

/** What other services may ask about reviews. */
export function reviewCalls({ db, products }: Deps) {
  const { sql } = db
  return implement(reviewsRpc, {
    ratings: async ({ productIds }) => {
      const rows = await sql<{ productId: string; reviews: number; total: number; revision: bigint }[]>`
        select s.product_id as "productId", s.reviews, s.total, s.revision from summaries s where s.product_id = any (${productIds}::uuid[])`
      return { ratings: rows.map(ratingOf) }
    },
    forAuthor: async ({ reviewId }) => {
      const review = await findReview(sql, reviewId)
      if (!review) return null
      const { authorId, productId, channel, locale, stars, title, text, rejectionReason, rejectionNote, reply, replyName } =
        review
      const { cards } = await products.cards({ channel, locale, ids: [productId] })
      const card = cards[0]?.card
      return {
        authorId,
        productTitle: card?.title ?? '',
        productSlug: card?.slug ?? null,
        channel,
        locale,
        stars,
        title,
        text,
        rejection: rejectionReason === null ? null : { reason: rejectionReason, note: rejectionNote },
        reply: reply === null ? null : { text: reply, name: replyName! },
      }
    },
    ofAuthor: async ({ authorId }) => {
      const reviews = await sql<(StoredReview & { pictures: number })[]>`
        select ${reviewColumns(sql)}, (select count(*)::integer from pictures p where p.review_id = r.id) as pictures from reviews r where r.author_id = ${authorId} order by r.created_at, r.id`
      const votes = await sql<{ reviewId: string; helpful: boolean; at: Date }[]>`
        select v.review_id as "reviewId", v.helpful, v.at from votes v where v.voter_id = ${authorId} order by v.at`
      const reports = await sql<{ reviewId: string; reason: string; comment: string; at: Date }[]>`
        select p.review_id as "reviewId", p.reason, p.comment, p.at from reports p where p.reporter_id = ${authorId} order by p.at`
      return {
        reviews: reviews.map(({ id, productId, stars, title, text, name, state, tags, pictures, createdAt, updatedAt }) => ({
          reviewId: id,
          productId,
          stars,
          title,
          text,
          name,
          state,
          tags,
          pictures,
          createdAt: createdAt.toISOString(),
          updatedAt: updatedAt.toISOString(),
        })),
        votes: votes.map((row) => ({ ...row, at: row.at.toISOString() })),
        reports: reports.map((row) => ({ ...row, at: row.at.toISOString() })),
      }
    },
  })
}
