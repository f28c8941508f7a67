import Type from 'typebox'
import { Uuid } from '#contracts/values.ts'
import { page } from '#kit/http/paging.ts'
import { can, del, get, ownerOr, patch, post, put, type Route, signedIn } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { IMAGE_TYPES, MAX_UPLOAD_BYTES } from '#kit/objects/pictures.ts'
import { MODERATE } from '../commands/decide.ts'
import { editReview, withdrawReview } from '../commands/edit-review.ts'
import { report, ReportReason, takeVoteBack, vote } from '../commands/judge-others.ts'
import { removeReply, REPLY, REPLY_OWN, reply } from '../commands/reply.ts'
import { addPicture, removePicture } from '../commands/save-picture.ts'
import { writeReview } from '../commands/write-review.ts'
import type { Deps } from '../deps.ts'
import { errors } from '../errors.ts'
import { listForSeller, SellerQuery } from '../queries/seller-reviews.ts'
import { OwnReview, ReviewInput, ReviewPatch, SellerReviewItem } from '../shapes.ts'
import type { StoredReview } from '../store.ts'
import type { Query } from '#kit/db/db.ts'
import { allPicturesOf, ownView } from '../views.ts'
import { LONGEST_REPLY } from '../words.ts'

const Id = closed({ id: Uuid })
const ReplyBody = closed({ text: Type.String({ minLength: 1, maxLength: LONGEST_REPLY }) })

/** What shoppers do with reviews, and sellers with those of their products. */
export function writingRoutes(deps: Deps): Route[] {
  const own = async (sql: Query, review: StoredReview) =>
    ownView(review, (await allPicturesOf(sql, [review], deps.pictureKey))(review.id))
  return [
    post(
      '/api/reviews',
      {
        access: signedIn,
        summary: 'Review a product',
        description:
          'One each. It is shown at once, or its `state` is `pending` until staff have looked. HTML is taken out; nothing of it is ever rendered.',
        body: ReviewInput,
        response: OwnReview,
        status: 201,
        versioned: true,
        errors: [
          errors.alreadyReviewed,
          errors.notBought,
          errors.notDelivered,
          errors.notForGuests,
          errors.noSuchProduct,
          errors.ownProduct,
          errors.unknownTag,
          errors.tooShort,
          errors.tooLong,
          errors.tooMany,
        ],
      },
      async ({ tx, body, principal, channel, locale }) =>
        own(tx, await writeReview(deps, tx, { id: principal.id, channel, locale }, body)),
    ),
    patch(
      '/api/reviews/:id',
      {
        access: signedIn,
        summary: 'Change the own review',
        params: Id,
        body: ReviewPatch,
        response: OwnReview,
        versioned: true,
        errors: [
          errors.notFound,
          errors.notForGuests,
          errors.notYours,
          errors.versionConflict,
          errors.unknownTag,
          errors.tooShort,
          errors.tooLong,
          errors.tooMany,
        ],
      },
      async ({ tx, params, body, principal, expectedVersion }) =>
        own(tx, await editReview(deps, tx, principal.id, params.id, body, expectedVersion)),
    ),
    del(
      '/api/reviews/:id',
      {
        access: signedIn,
        summary: 'Take the own review back',
        params: Id,
        errors: [errors.notFound, errors.notYours],
      },
      ({ tx, params, principal }) => withdrawReview(deps, tx, principal.id, params.id),
    ),
    post(
      '/api/reviews/:id/pictures',
      {
        access: signedIn,
        summary: 'Add a picture to the own review',
        description:
          'The body is the file itself, up to five of them. Of a shown review it waits until staff have looked. Kept as WebP in several widths, without metadata.',
        params: Id,
        consumes: IMAGE_TYPES.join(', '),
        bodyLimit: MAX_UPLOAD_BYTES,
        response: OwnReview,
        status: 201,
        idempotency: 'handler',
        rateLimit: { max: 30, windowSeconds: 60 },
        errors: [
          errors.notFound,
          errors.notYours,
          errors.notAnImage,
          errors.brokenImage,
          errors.imageTooLarge,
          errors.tooManyPictures,
          errors.tooMany,
        ],
      },
      async ({ params, principal, body, headers }) => {
        const declared = (headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase()
        const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0)
        return own(deps.db.sql, await addPicture(deps, principal.id, params.id, bytes, declared))
      },
    ),
    del(
      '/api/reviews/:id/pictures/:pictureId',
      {
        access: ownerOr(MODERATE),
        summary: 'Take a picture away from the own review; staff from any',
        params: closed({ id: Uuid, pictureId: Uuid }),
        errors: [errors.notFound, errors.notYours, errors.noSuchPicture],
      },
      ({ tx, params, principal }) => removePicture(deps, tx, principal, params.id, params.pictureId),
    ),
    put(
      '/api/reviews/:id/vote',
      {
        access: signedIn,
        summary: 'Say whether a review helped',
        description: 'One vote each; another one replaces it.',
        params: Id,
        body: closed({ helpful: Type.Boolean() }),
        errors: [errors.notFound, errors.ownReview, errors.tooMany],
      },
      ({ tx, params, body, principal }) => vote(deps, tx, principal.id, params.id, body.helpful),
    ),
    del(
      '/api/reviews/:id/vote',
      { access: signedIn, summary: 'Take the own vote back', params: Id },
      ({ tx, params, principal }) => takeVoteBack(tx, principal.id, params.id),
    ),
    post(
      '/api/reviews/:id/reports',
      {
        access: signedIn,
        summary: 'Report a review to the shop',
        description:
          'One report each counts, and once more when the review was changed after staff had looked. A review that many report is hidden until then.',
        params: Id,
        body: closed({ reason: ReportReason, comment: Type.Optional(Type.String({ maxLength: 1000 })) }),
        status: 204,
        errors: [errors.notFound, errors.ownReview, errors.tooMany],
      },
      ({ tx, params, body, principal }) =>
        report(deps, tx, principal.id, params.id, { reason: body.reason, comment: body.comment ?? '' }),
    ),
    get(
      '/api/reviews/of-my-products',
      {
        access: can(REPLY_OWN),
        summary: 'Shown reviews of the products of my stall',
        query: SellerQuery,
        response: page(SellerReviewItem),
      },
      ({ query, channel, locale, principal }) => listForSeller(deps, { channel, locale }, query, principal.id),
    ),
    put(
      '/api/reviews/:id/reply',
      {
        access: ownerOr(REPLY),
        summary: 'Answer a review, as the shop or as the seller of the product',
        params: Id,
        body: ReplyBody,
        errors: [errors.notFound, errors.notYourProduct, errors.shopAnswered, errors.tooShort, errors.tooLong],
      },
      async ({ tx, params, body, principal }) => {
        await reply(deps, tx, principal, params.id, body.text)
      },
    ),
    del(
      '/api/reviews/:id/reply',
      {
        access: ownerOr(REPLY),
        summary: 'Take the answer to a review away',
        params: Id,
        errors: [errors.notFound, errors.notYourProduct, errors.shopAnswered],
      },
      ({ tx, params, principal }) => removeReply(deps, tx, principal, params.id),
    ),
  ]
}
