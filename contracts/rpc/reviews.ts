import Type from 'typebox'
import { Rating, RejectionReason, ReviewState, Stars } from '#contracts/events/reviews.ts'
import { ChannelKey, Locale, Nullable, Timestamp, Uuid } from '#contracts/values.ts'
import { closed } from '#kit/messaging/event.ts'
import { defineRpc, method } from '#kit/rpc/rpc.ts'

/** A review as its author may have it: everything the shop keeps of it. */
export const OwnReview = closed({
  reviewId: Uuid,
  productId: Uuid,
  stars: Stars,
  title: Type.String(),
  text: Type.String(),
  name: Type.String(),
  state: ReviewState,
  tags: Type.Array(Type.String()),
  pictures: Type.Integer(),
  createdAt: Timestamp,
  updatedAt: Timestamp,
})

export const reviewsRpc = defineRpc(
  'reviews',
  {
    /** What the shown reviews of these products come to; a product that never had one is left out. */
    ratings: method(closed({ productIds: Type.Array(Uuid, { maxItems: 500 }) }), closed({ ratings: Type.Array(Rating) }), {
      read: true,
    }),
    /** A review as a mail to its author tells of it; null where it is gone. */
    forAuthor: method(
      closed({ reviewId: Uuid }),
      Type.Union([
        closed({
          authorId: Uuid,
          productTitle: Type.String(),
          productSlug: Nullable(Type.String()),
          channel: ChannelKey,
          locale: Locale,
          stars: Stars,
          title: Type.String(),
          text: Type.String(),
          rejection: Nullable(closed({ reason: RejectionReason, note: Type.String() })),
          reply: Nullable(closed({ text: Type.String(), name: Type.String() })),
        }),
        Type.Null(),
      ]),
      { read: true },
    ),
    /** All reviews of somebody, and how they voted and what they reported (GDPR Art. 15 and 20). */
    ofAuthor: method(
      closed({ authorId: Uuid }),
      closed({
        reviews: Type.Array(OwnReview),
        votes: Type.Array(closed({ reviewId: Uuid, helpful: Type.Boolean(), at: Timestamp })),
        reports: Type.Array(closed({ reviewId: Uuid, reason: Type.String(), comment: Type.String(), at: Timestamp })),
      }),
      { read: true },
    ),
  },
  { Rating, OwnReview },
)
