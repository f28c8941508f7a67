import type { RouterContextProvider } from 'react-router'
import { apiOf, type Client, orElse } from '../../api.server.ts'
import { answered, type FormAnswer, textOf } from '../../form-answer.server.ts'
import { languageOf } from '../../i18n/language.ts'
import { wordsOf } from '../../i18n/later.ts'
import { requireUser } from '../../session.server.ts'
import { REPORT_REASONS, type ReviewFilter, SORTS } from './filter.ts'

const PAGE = 8

/** What the address says of the list: `?stars=5&sort=newest&after=…`. */
function filterOf(url: URL): ReviewFilter {
  const { searchParams: asked } = url
  const stars = Number(asked.get('stars'))
  return {
    stars: Number.isInteger(stars) && stars >= 1 && stars <= 5 ? stars : undefined,
    verified: asked.get('verified') === '1',
    pictures: asked.get('pictures') === '1',
    tag: /^[a-z0-9-]{1,40}$/.exec(asked.get('tag') ?? '')?.[0],
    sort: SORTS.find((one) => one === asked.get('sort')) ?? 'helpful',
    after: asked.get('after') ?? undefined,
  }
}

const nothing = (productId: string) => ({
  productId,
  average: 0,
  reviews: 0,
  verified: 0,
  withPictures: 0,
  stars: [],
  tags: [],
})

/** Reviews of a product as its page shows them. While the service is away, the page does without. */
export async function loadReviews(api: Client, productId: string, request: Request, isMember: boolean) {
  const filter = filterOf(new URL(request.url))
  const { stars, verified, pictures, tag, sort, after } = filter
  const path = { productId }
  const query = {
    productId,
    sort,
    limit: PAGE,
    stars,
    tag,
    ...(verified ? { verified } : {}),
    ...(pictures ? { pictures } : {}),
  }
  const none = { items: [], next: undefined }
  const [summary, list, mine] = await Promise.all([
    orElse(api.call('GET /api/reviews/products/{productId}/summary', { path }), nothing(productId)),
    // a cursor of another list, or one somebody made up, begins at the start
    orElse(
      api
        .call('GET /api/reviews', { query: { ...query, cursor: after } })
        .catch((error: unknown) => (after ? api.call('GET /api/reviews', { query }) : Promise.reject(error))),
      none,
    ),
    isMember ? orElse(api.call('GET /api/reviews/products/{productId}/mine', { path }), undefined) : undefined,
  ])
  return {
    summary,
    items: list.items,
    next: list.next,
    filter,
    mine: mine && { written: mine.review !== null, refused: mine.refused },
  }
}
export type ReviewsOfProduct = Awaited<ReturnType<typeof loadReviews>>

export const isReviewForm = (form: FormData): boolean => String(form.get('do')).startsWith('review-')

/** A vote or a report from the product page. Guests sign in first, and come back. */
export async function reviewAction(
  context: Readonly<RouterContextProvider>,
  request: Request,
  form: FormData,
): Promise<FormAnswer & { readonly reviewId: string }> {
  requireUser(context, request)
  const language = languageOf(new URL(request.url).pathname)
  const words = wordsOf(language).reviews
  const api = apiOf(context, request)
  const reviewId = textOf(form, 'reviewId')
  const path = { id: reviewId }
  const answer = await answered(language, async () => {
    switch (form.get('do')) {
      case 'review-helpful':
      case 'review-unhelpful':
        await api.call('PUT /api/reviews/{id}/vote', { path, body: { helpful: form.get('do') === 'review-helpful' } })
        return words.voted
      case 'review-unvote':
        await api.call('DELETE /api/reviews/{id}/vote', { path })
        return words.unvoted
      default: {
        const reason = REPORT_REASONS.find((one) => one === form.get('reason')) ?? 'other'
        await api.call('POST /api/reviews/{id}/reports', { path, body: { reason, comment: textOf(form, 'comment') } })
        return words.reported
      }
    }
  })
  return { ...answer, reviewId }
}
