import { anyone, get, Reply, type Route } from '#kit/http/route.ts'
import type { SearchDeps } from '../deps.ts'
import { CATALOGUE, DOCUMENTS, productTag } from '../kept.ts'
import { search } from '../queries/search.ts'
import { SearchAnswer, SearchQuery } from '../shapes.ts'

export function searchRoutes(deps: SearchDeps): Route[] {
  const kept = { tags: [DOCUMENTS, CATALOGUE], seconds: deps.kit.settings.cacheSeconds }
  return [
    get(
      '/api/search',
      {
        access: anyone,
        summary: 'Search products, with facets',
        description:
          'Words are found with their forms, synonyms and slips of the finger. A facet that was chosen does not filter its own numbers. Without words: all products, the best-selling first.',
        query: SearchQuery,
        response: SearchAnswer,
        cached: kept,
      },
      async ({ query, channel, locale }) => {
        const { answer, productIds } = await search(deps, { ...query, channel, locale })
        return new Reply(answer, { cache: { tags: productIds.map(productTag) } })
      },
    ),
  ]
}
