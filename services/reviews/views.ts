import type { Query } from '#kit/db/db.ts'
import { pictureUrl } from './picture-link.ts'
import type { OwnPicture, OwnReview, PictureView, PublicReview, StaffReview } from './shapes.ts'
import type { StoredReview } from './store.ts'

export interface Rendition {
  readonly key: string
  readonly width: number
  readonly height: number
}

interface StoredPicture {
  readonly id: string
  readonly reviewId: string
  readonly renditions: readonly Rendition[]
  readonly waiting: boolean
}

async function loadPictures(sql: Query, reviews: readonly StoredReview[]): Promise<(reviewId: string) => StoredPicture[]> {
  if (reviews.length === 0) return () => []
  const rows = await sql<StoredPicture[]>`
    select p.id, p.review_id as "reviewId", p.renditions, p.waiting from pictures p where p.review_id = any (${reviews.map(({ id }) => id)}::uuid[]) order by p.created_at, p.id`
  const byReview = Map.groupBy(rows, ({ reviewId }) => reviewId)
  return (reviewId) => byReview.get(reviewId) ?? []
}

const pictureView = ({ id, renditions }: StoredPicture, key?: Buffer): PictureView => ({
  id,
  renditions: renditions.map(({ key: file, width, height }) => ({ url: pictureUrl(file, key), width, height })),
})

/** Pictures of these reviews that everybody may see, oldest first. */
export async function picturesOf(sql: Query, reviews: readonly StoredReview[]): Promise<(reviewId: string) => PictureView[]> {
  const stored = await loadPictures(sql, reviews)
  return (reviewId) =>
    stored(reviewId)
      .filter(({ waiting }) => !waiting)
      .map((one) => pictureView(one))
}

/** All of them, for their author and staff: with the key, their addresses work for a while although others do not see them. */
export async function allPicturesOf(
  sql: Query,
  reviews: readonly StoredReview[],
  key: Buffer,
): Promise<(reviewId: string) => OwnPicture[]> {
  const stored = await loadPictures(sql, reviews)
  return (reviewId) => stored(reviewId).map((one) => ({ ...pictureView(one, key), waiting: one.waiting }))
}

/** What everybody reads of a review. */
export function shownView<P extends PictureView>(review: StoredReview, pictures: P[]) {
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

export function ownView(review: StoredReview, pictures: OwnPicture[]): OwnReview {
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

export const staffView = (review: StoredReview, pictures: OwnPicture[]): StaffReview => ({
  ...ownView(review, pictures),
  authorId: review.authorId,
  reasons: review.reasons,
  openReports: review.openReports,
  picturesWaiting: review.picturesWaiting,
})
