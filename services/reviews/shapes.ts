/** Reviews as the API shows them, to readers, authors and staff. */
import Type, { type Static } from 'typebox'
import { RejectionReason, ReviewState, Stars } from '#contracts/events/reviews.ts'
import { Locale, Nullable, Timestamp, Uuid } from '#contracts/values.ts'
import { closed, mapOf } from '#kit/messaging/event.ts'
import { type Reason as ReasonName, REASONS } from './rules.ts'
import { LONGEST } from './words.ts'

export const TagKey = Type.String({ minLength: 1, maxLength: 40, pattern: '^[a-z0-9]+(-[a-z0-9]+)*$' })
export const Reason = Type.Unsafe<ReasonName>({ type: 'string', enum: [...REASONS] })

export const PictureView = closed({
  id: Uuid,
  renditions: Type.Array(closed({ url: Type.String(), width: Type.Integer(), height: Type.Integer() })),
})
export type PictureView = Static<typeof PictureView>
/** As its author and staff have it: `waiting`, others do not see it yet. */
export const OwnPicture = closed({ ...PictureView.properties, waiting: Type.Boolean() })
export type OwnPicture = Static<typeof OwnPicture>

const Reply = closed({
  text: Type.String(),
  /** the shop's or the seller's */
  name: Type.String(),
  role: Type.Union([Type.Literal('shop'), Type.Literal('seller')]),
  at: Timestamp,
})

const shown = {
  id: Uuid,
  productId: Uuid,
  stars: Stars,
  title: Type.String(),
  text: Type.String(),
  name: Type.String(),
  locale: Locale,
  verified: Type.Boolean({ description: 'its author bought the product here and got it' }),
  tags: Type.Array(TagKey),
  pictures: Type.Array(PictureView),
  helpful: Type.Integer(),
  unhelpful: Type.Integer(),
  reply: Nullable(Reply),
  publishedAt: Timestamp,
  edited: Type.Boolean(),
}

export const PublicReview = closed({
  ...shown,
  /** how whoever asks has voted; null: not at all, or nobody knows who asks */
  myVote: Nullable(Type.Boolean()),
  mine: Type.Boolean(),
})
export type PublicReview = Static<typeof PublicReview>

const own = {
  ...shown,
  pictures: Type.Array(OwnPicture),
  state: ReviewState,
  rejection: Nullable(closed({ reason: RejectionReason, note: Type.String() })),
  version: Type.Integer(),
  createdAt: Timestamp,
  updatedAt: Timestamp,
}
export const OwnReview = closed(own)
export type OwnReview = Static<typeof OwnReview>

export const StaffReview = closed({
  ...own,
  authorId: Uuid,
  reasons: Type.Array(Reason, { description: 'what the rules noticed' }),
  openReports: Type.Integer(),
  picturesWaiting: Type.Integer({ description: 'pictures that staff have not let be shown; approving does' }),
})
export type StaffReview = Static<typeof StaffReview>

/** What lists say of the product; null where it is not sold here any more. */
const product = { product: Nullable(closed({ title: Type.String(), slug: Type.String() })) }
export const OwnReviewItem = Type.Object({ ...OwnReview.properties, ...product }, { additionalProperties: false })
export const StaffReviewItem = Type.Object({ ...StaffReview.properties, ...product }, { additionalProperties: false })

/** A shown review of what a seller sells, as everybody reads it. */
export const SellerReviewItem = closed({ ...shown, ...product })

export const Summary = closed({
  productId: Uuid,
  average: Type.Number(),
  reviews: Type.Integer(),
  verified: Type.Integer({ description: 'how many of them are of buyers' }),
  withPictures: Type.Integer(),
  stars: Type.Array(closed({ stars: Stars, count: Type.Integer() }), { description: 'from five down to one' }),
  tags: Type.Array(closed({ key: TagKey, title: Type.String(), count: Type.Integer() })),
})
export type Summary = Static<typeof Summary>

export const Title = Type.String({ maxLength: LONGEST.title })
export const Text = Type.String({ minLength: 1, maxLength: LONGEST.text })
export const Name = Type.String({ minLength: 1, maxLength: LONGEST.name, description: 'how you are called in public' })
export const Tags = Type.Array(TagKey, { maxItems: 5, uniqueItems: true })
export const ReviewInput = closed({
  productId: Uuid,
  stars: Stars,
  text: Text,
  title: Type.Optional(Title),
  name: Type.Optional(Name),
  tags: Type.Optional(Tags),
})
export type ReviewInput = Static<typeof ReviewInput>
export const ReviewPatch = closed({
  stars: Type.Optional(Stars),
  text: Type.Optional(Text),
  title: Type.Optional(Title),
  name: Type.Optional(Name),
  tags: Type.Optional(Tags),
})
export type ReviewPatch = Static<typeof ReviewPatch>

export const Titles = mapOf(Locale, Type.String({ minLength: 1, maxLength: 60 }), { minProperties: 1, maxProperties: 40 })
export type Titles = Static<typeof Titles>
