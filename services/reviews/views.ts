import type { Query } from '#kit/db/db.ts'
import { pictureUrl } from './picture-link.ts'
import type { OwnReview, PictureView, PublicReview, StaffReview } from './shapes.ts'
import type { StoredReview } from './store.ts'

export interface Rendition {
  readonly key: string
  readonly width: number
  readonly height: number
}

/** Pictures of these reviews, oldest first. With a key, their addresses work for a while although the review is not shown. */
export async function picturesOf(
  sql: Query,
  reviewIds: readonly string[],
  key?: Buffer,
): Promise<(reviewId: string) => PictureView[]> {
  if (reviewIds.length === 0) return () => []
  const rows = await sql<{ id: string; reviewId: string; renditions: Rendition[] }[]>`
    select p.id, p.review_id as "reviewId", p.renditions from pictures p where p.review_id = any (${[...reviewIds]}::uuid[]) order by p.created_at, p.id`
  const byReview = Map.groupBy(rows, ({ reviewId }) => reviewId)
  return (reviewId) =>
    (byReview.get(reviewId) ?? []).map(({ id, renditions }) => ({
      id,
      renditions: renditions.map(({ key: file, width, height }) => ({ url: pictureUrl(file, key), width, height })),
    }))
}

/** What everybody reads of a review. */
export function shownView(review: StoredReview, pictures: PictureView[]) {
  const { reply, replyName, replyRole, repliedAt } = review
  return {
    id: review.id,
    productId: review.productId,
    stars: review.stars,
    title: review.title,
    text: review.text,
    name: review.name,
    locale: review.locale,
    verified: review.verified,
    tags: review.tags,
    pictures,
    helpful: review.helpful,
    unhelpful: review.unhelpful,
    reply: reply === null ? null : { text: reply, name: replyName!, role: replyRole!, at: repliedAt!.toISOString() },
    publishedAt: review.shownAt.toISOString(),
    edited: review.editedAt !== null,
  }
}

export const publicView = (
  review: StoredReview & { myVote: boolean | null },
  pictures: PictureView[],
  askerId: string | null,
): PublicReview => ({ ...shownView(review, pictures), myVote: review.myVote, mine: review.authorId === askerId })

export function ownView(review: StoredReview, pictures: PictureView[]): OwnReview {
  const { state, rejectionReason, rejectionNote, version, createdAt, updatedAt } = review
  return {
    ...shownView(review, pictures),
    state,
    rejection: rejectionReason === null ? null : { reason: rejectionReason, note: rejectionNote },
    version,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  }
}

export const staffView = (review: StoredReview, pictures: PictureView[]): StaffReview => ({
  ...ownView(review, pictures),
  authorId: review.authorId,
  reasons: review.reasons,
  openReports: review.openReports,
})
