import { Uuid } from '#contracts/values.ts'
import { page } from '#kit/http/paging.ts'
import { anyone, type Asker, askerOf, get, ownerOr, Reply, type Route, signedIn } from '#kit/http/route.ts'
import { may } from '#kit/core/principal.ts'
import { closed } from '#kit/messaging/event.ts'
import Type from 'typebox'
import { Nullable } from '#contracts/values.ts'
import type { Deps } from '../deps.ts'
import { errors } from '../errors.ts'
import { listOwn, listReviews, OwnQuery, ReviewQuery } from '../queries/list-reviews.ts'
import { purchaseOf } from '../queries/purchase.ts'
import { summaryOf } from '../queries/summary.ts'
import { OwnReview, OwnReviewItem, PublicReview, Summary } from '../shapes.ts'
import { findReview, reviewColumns, type StoredReview } from '../store.ts'
import { allPicturesOf, ownView } from '../views.ts'
import { MODERATE } from '../commands/decide.ts'

const OfProduct = closed({ productId: Uuid })
const Id = closed({ id: Uuid })

const readerOf = (asker: Asker): string | null => {
  const principal = askerOf(asker)
  return principal.kind === 'user' ? principal.id : null
}
const kept = (productId: string) => ({ tags: [`reviews:${productId}`] })

/** What everybody may read, and authors of their own. */
export const readingRoutes = (deps: Deps): Route[] => [
  get(
    '/api/reviews',
    {
      access: anyone,
      summary: 'Reviews of a product',
      description: 'Only those that are shown. `myVote` and `mine` tell whoever is signed in about themselves.',
      query: ReviewQuery,
      response: page(PublicReview),
      cached: { tags: [], seconds: 300, variant: (asker) => readerOf(asker) ?? '' },
    },
    async (request) => {
      const { query } = request
      return new Reply(await listReviews(deps.db.sql, query, readerOf(request)), { cache: kept(query.productId) })
    },
  ),
  get(
    '/api/reviews/products/:productId/summary',
    {
      access: anyone,
      summary: 'What the reviews of a product come to',
      params: OfProduct,
      response: Summary,
      cached: { tags: ['tags'], seconds: 300 },
    },
    async ({ params, locale }) =>
      new Reply(await summaryOf(deps.db.sql, params.productId, locale), { cache: kept(params.productId) }),
  ),
  get(
    '/api/reviews/products/:productId/mine',
    {
      access: signedIn,
      summary: 'The own review of a product, and whether one may be written',
      params: OfProduct,
      response: closed({
        review: Nullable(OwnReview),
        /** null: nothing stands in the way */
        refused: Nullable(Type.Union([Type.Literal('not-bought'), Type.Literal('not-delivered')])),
        verified: Type.Boolean({ description: 'a review would be marked as a buyer’s' }),
      }),
    },
    async ({ params: { productId }, principal }) => {
      const { sql } = deps.db
      const [review] = await sql<StoredReview[]>`
        select ${reviewColumns(sql)} from reviews r where r.product_id = ${productId} and r.author_id = ${principal.id}`
      const pictures = await allPicturesOf(sql, review ? [review] : [], deps.pictureKey)
      const bought = await purchaseOf(sql, principal.id, productId)
      const missing = deps.settings.writers === 'members' || bought === 'delivered' ? null : bought
      return {
        review: review ? ownView(review, pictures(review.id)) : null,
        refused: missing && (missing === 'none' ? ('not-bought' as const) : ('not-delivered' as const)),
        verified: bought === 'delivered',
      }
    },
  ),
  get(
    '/api/reviews/mine',
    { access: signedIn, summary: 'The own reviews, newest first', query: OwnQuery, response: page(OwnReviewItem) },
    ({ query, principal, channel, locale }) => listOwn(deps, { channel, locale }, query, principal.id),
  ),
  get(
    '/api/reviews/:id',
    {
      access: ownerOr(MODERATE),
      summary: 'One review, for its author and for staff',
      params: Id,
      response: OwnReview,
      versioned: true,
      errors: [errors.notFound],
    },
    async ({ params, principal }) => {
      const review = await findReview(deps.db.sql, params.id)
      if (!review || (review.authorId !== principal.id && !may(principal, MODERATE))) throw errors.notFound()
      return ownView(review, (await allPicturesOf(deps.db.sql, [review], deps.pictureKey))(review.id))
    },
  ),
]
