import Type, { type Static } from 'typebox'
import { Uuid } from '#contracts/values.ts'
import { closed, defineEvent } from '#kit/messaging/event.ts'

/** pending: staff look at it first; hidden: it was shown and is not for now; rejected: staff will not show it. */
export const ReviewState = Type.Union([
  Type.Literal('pending'),
  Type.Literal('published'),
  Type.Literal('rejected'),
  Type.Literal('hidden'),
])
export type ReviewState = Static<typeof ReviewState>

export const RejectionReason = Type.Union([
  Type.Literal('off-topic'),
  Type.Literal('offensive'),
  Type.Literal('advertising'),
  Type.Literal('personal-data'),
  Type.Literal('other'),
])
export type RejectionReason = Static<typeof RejectionReason>

export const Stars = Type.Integer({ minimum: 1, maximum: 5 })

/** Ids and figures; what somebody wrote stays with the service. */
const review = { reviewId: Uuid, productId: Uuid, authorId: Uuid, stars: Stars, verified: Type.Boolean() }

export const ReviewCreated = defineEvent(
  'ReviewCreated.v1',
  'review',
  'reviewId',
  'Somebody wrote a review. `state` says whether it is shown or waits for staff.',
  closed({ ...review, state: ReviewState }),
)
export const ReviewUpdated = defineEvent(
  'ReviewUpdated.v1',
  'review',
  'reviewId',
  'Stars, words or pictures of a review changed, or that it is of a buyer; only names of fields, no values.',
  closed({ ...review, state: ReviewState, changed: Type.Array(Type.String()) }),
)
export const ReviewFlagged = defineEvent(
  'ReviewFlagged.v1',
  'review',
  'reviewId',
  'Staff should look at a review: a rule noticed something (`by: rules`), or a reader reported it.',
  closed({
    ...review,
    by: Type.Union([Type.Literal('rules'), Type.Literal('readers')]),
    reasons: Type.Array(Type.String()),
  }),
)
export const ReviewPublished = defineEvent(
  'ReviewPublished.v1',
  'review',
  'reviewId',
  'Staff let a review be shown that had waited.',
  closed(review),
)
export const ReviewRejected = defineEvent(
  'ReviewRejected.v1',
  'review',
  'reviewId',
  'Staff will not show a review.',
  closed({ ...review, reason: RejectionReason }),
)
export const ReviewReplied = defineEvent(
  'ReviewReplied.v1',
  'review',
  'reviewId',
  'The shop, or the seller of the product, answered a review for the first time.',
  closed({ ...review, by: Type.Union([Type.Literal('shop'), Type.Literal('seller')]) }),
)
export const ReviewWithdrawn = defineEvent(
  'ReviewWithdrawn.v1',
  'review',
  'reviewId',
  'A review is gone: its author took it back, or was erased.',
  closed({ reviewId: Uuid, productId: Uuid, authorId: Uuid }),
)

/** What the shown reviews of a product come to. `revision` grows with every change: the higher one is the later one. */
export const Rating = closed({
  productId: Uuid,
  /** mean of the stars; 0 where there is no review */
  average: Type.Number({ minimum: 0, maximum: 5 }),
  reviews: Type.Integer({ minimum: 0 }),
  revision: Type.Integer({ minimum: 0 }),
})
export type Rating = Static<typeof Rating>

export const ProductRatingChanged = defineEvent(
  'ProductRatingChanged.v1',
  'review',
  'productId',
  'The shown reviews of a product come to other stars than before.',
  Rating,
)
