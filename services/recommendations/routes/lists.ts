import Type from 'typebox'
import { Uuid } from '#contracts/values.ts'
import { anyone, get, type Asker, Reply, type Route, type RouteRequest } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import type { Deps } from '../deps.ts'
import type { Placement } from '../experiment.ts'
import { CATALOGUE, productTag } from '#contracts/rpc/catalogue.ts'
import { boughtTag, MODELS } from '../kept.ts'
import { recommend } from '../queries/recommend.ts'
import type { Shown } from '../shown-log.ts'
import { Limit, RecommendationView, subjectOf } from './shapes.ts'

/** Demand moves all the time; nobody notices a quarter of a minute. */
const KEPT_SECONDS = 15
/** What is in demand now: a rush is seen while it lasts. */
const TRENDING_SECONDS = 3
const ProductParams = closed({ id: Uuid })
const NOTHING: ReadonlySet<string> = new Set()

/** Lists that are the same for everybody (of one variant). */
export function listRoutes(deps: Deps): Route[] {
  const assign = async (placement: Placement, asker: Pick<Asker, 'principal' | 'headers'>) =>
    await deps.experiments.assign(placement, subjectOf(asker)?.id ?? null)
  const kept = (placement: Placement) => ({
    tags: [MODELS, CATALOGUE],
    seconds: placement === 'trending' ? TRENDING_SECONDS : KEPT_SECONDS,
    variant: async (asker: Asker) => {
      const [groups, { experiment }] = await Promise.all([deps.groups.variant(asker), assign(placement, asker)])
      return JSON.stringify([groups, experiment && `${experiment.id} ${experiment.variant}`])
    },
    served: (asker: Asker, note: unknown) => {
      if (note) deps.shown.record({ ...(note as Omit<Shown, 'subject'>), subject: subjectOf(asker) })
    },
  })
  const answer = async (
    placement: Placement,
    request: RouteRequest,
    products: readonly string[],
    rest: { limit: number; category?: string | null },
  ) => {
    const [pricedFor] = request.variant === undefined ? [] : (JSON.parse(request.variant) as [string, string | null])
    const [groups, assignment] = await Promise.all([deps.groups.kept(request, pricedFor), assign(placement, request)])
    const { answer: list, considered } = await recommend(deps, {
      placement,
      assignment,
      channel: request.channel,
      locale: request.locale,
      groups,
      interests: products.map((product) => ({ product, weight: 1 })),
      without: NOTHING,
      ...rest,
    })
    const note: Omit<Shown, 'subject'> = { placement, strategy: list.strategy, experiment: assignment.experiment }
    return new Reply(list, { cache: { tags: [...considered.map(productTag), ...products.map(boughtTag)], note } })
  }
  const ofProduct = (placement: 'also-bought' | 'similar', summary: string, description: string): Route =>
    get(
      `/api/recommendations/products/:id/${placement}`,
      {
        access: anyone,
        summary,
        description,
        params: ProductParams,
        query: closed({ limit: Limit }),
        response: RecommendationView,
        cached: kept(placement),
      },
      async (request) => await answer(placement, request, [request.params.id], request.query),
    )
  return [
    ofProduct(
      'also-bought',
      'What is bought with a product',
      'By orders, carts and views of the model, and by every order since it was trained. Filled up with what is popular.',
    ),
    ofProduct(
      'similar',
      'Products like this one',
      'By words, brand, categories, tags and options. Knows a product seconds after it came into the catalogue.',
    ),
    get(
      '/api/recommendations/goes-with',
      {
        access: anyone,
        summary: 'What goes well with some products: a cart',
        query: closed({
          products: Type.String({
            pattern: '^[0-9a-fA-F-]{36}(,[0-9a-fA-F-]{36}){0,19}$',
            description: 'ids of products, with commas between them, 20 at most',
          }),
          limit: Limit,
        }),
        response: RecommendationView,
        cached: kept('goes-with'),
      },
      async (request) => {
        const { products, limit } = request.query
        const ids = [...new Set(products.toLowerCase().split(','))].filter((id) =>
          /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id),
        )
        return await answer('goes-with', request, ids, { limit })
      },
    ),
    get(
      '/api/recommendations/trending',
      {
        access: anyone,
        summary: 'What is in demand now, of a category or everywhere',
        description: 'Sales, carts and views of the last days; half of a moment counts after three.',
        query: closed({ category: Type.Optional(Uuid), limit: Limit }),
        response: RecommendationView,
        cached: kept('trending'),
      },
      async (request) => {
        const { category = null, limit } = request.query
        return await answer('trending', request, [], { limit, category })
      },
    ),
  ]
}
