/** A review as it is stored, and the statements that several commands share. */
import { ProductRatingChanged, type RejectionReason, type ReviewState } from '#contracts/events/reviews.ts'
import type { Query, Tx } from '#kit/db/db.ts'
import type { NewEvent } from '#kit/messaging/event.ts'
import type { Deps } from './deps.ts'
import { errors } from './errors.ts'
import type { Reason } from './rules.ts'

export interface StoredReview {
  id: string
  productId: string
  authorId: string
  name: string
  stars: number
  title: string
  text: string
  tags: string[]
  locale: string
  channel: string
  verified: boolean
  state: ReviewState
  reasons: Reason[]
  helpful: number
  unhelpful: number
  openReports: number
  /** pictures that staff have not let be shown */
  picturesWaiting: number
  vetted: boolean
  rejectionReason: RejectionReason | null
  rejectionNote: string
  decidedAt: Date | null
  reply: string | null
  replyName: string | null
  replyRole: 'shop' | 'seller' | null
  repliedAt: Date | null
  version: number
  createdAt: Date
  updatedAt: Date
  shownAt: Date
  editedAt: Date | null
}

/** Select list of a review called `r`. */
export const reviewColumns = (sql: Query) => sql`
  r.id, r.product_id as "productId", r.author_id as "authorId", r.name, r.stars, r.title, r.text, r.tags, r.locale, r.channel, r.verified, r.state,
  r.reasons, r.helpful, r.unhelpful, r.open_reports as "openReports", r.pictures_waiting as "picturesWaiting", r.vetted, r.rejection_reason as "rejectionReason",
  r.rejection_note as "rejectionNote", r.decided_at as "decidedAt", r.reply, r.reply_name as "replyName", r.reply_role as "replyRole",
  r.replied_at as "repliedAt", r.version, r.created_at as "createdAt", r.updated_at as "updatedAt", r.shown_at as "shownAt", r.edited_at as "editedAt"`

export async function findReview(sql: Query, id: string): Promise<StoredReview | undefined> {
  const [row] = await sql<StoredReview[]>`select ${reviewColumns(sql)} from reviews r where r.id = ${id}`
  return row
}

/** The review as it is, and stays until the transaction ends. Throws `reviews/not-found`, `reviews/version-conflict`. */
export async function lockReview(tx: Tx, id: string, expectedVersion?: number): Promise<StoredReview> {
  const [row] = await tx<StoredReview[]>`select ${reviewColumns(tx)} from reviews r where r.id = ${id} for update`
  if (!row) throw errors.notFound()
  if (expectedVersion !== undefined && expectedVersion !== row.version) throw errors.versionConflict()
  return row
}

/** Whether staff have something to look at in a review called `r`; the index of the queue has the same words. */
export const toLookAt = (sql: Query) => sql`(r.state in ('pending', 'hidden') or r.open_reports > 0 or r.pictures_waiting > 0)`

/** What events say of a review. */
export const factsOf = ({ id, productId, authorId, stars, verified }: StoredReview) => ({
  reviewId: id,
  productId,
  authorId,
  stars,
  verified,
})

/**
 * Appends what happened, and with it what the product's stars have become, where they did. Call it after the last change of the
 * transaction: the summary's row stays locked from the change on, so the events of a product come in the order of its revisions.
 */
export async function tell(
  { kit }: Pick<Deps, 'kit'>,
  tx: Tx,
  productIds: readonly string[],
  events: readonly NewEvent[],
): Promise<void> {
  const changed = await tx<{ productId: string; reviews: number; total: number; revision: bigint }[]>`
    update summaries s set told = s.revision where s.product_id = any (${[...productIds]}::uuid[]) and s.told <> s.revision
    returning s.product_id as "productId", s.reviews, s.total, s.revision`
  const ratings = changed.map((row) => ProductRatingChanged(ratingOf(row)))
  await kit.outbox.append(tx, [...events, ...ratings])
}

export const ratingOf = (row: { productId: string; reviews: number; total: number; revision: bigint }) => ({
  productId: row.productId,
  average: row.reviews === 0 ? 0 : Math.round((row.total / row.reviews) * 100) / 100,
  reviews: row.reviews,
  revision: Number(row.revision),
})
