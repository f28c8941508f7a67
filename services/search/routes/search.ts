import { may } from '#kit/core/principal.ts'
import { anyone, get, Reply, type Route } from '#kit/http/route.ts'
import type { SearchDeps } from '../deps.ts'
import { CATALOGUE, productTag } from '#contracts/rpc/catalogue.ts'
import { DOCUMENTS } from '../kept.ts'
import type { Searched } from '../log.ts'
import { isPersonal } from '../personal.ts'
import { search } from '../queries/search.ts'
import { suggest } from '../queries/suggest.ts'
import { SearchAnswer, SearchQuery, SuggestQuery, Suggestions } from '../shapes.ts'
import { asked } from '../words.ts'

export function searchRoutes(deps: SearchDeps): Route[] {
  const kept = { tags: [DOCUMENTS, CATALOGUE], seconds: deps.kit.settings.cacheSeconds, variant: deps.groups.variant }
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
        cached: {
          ...kept,
          served: ({ principal }, note) => {
            // Operators look at what a rule does: that is no shopper's wish.
            if (note && !may(principal, 'search:write')) deps.log.record(note as Searched)
          },
        },
      },
      async (request) => {
        const { query, channel, locale } = request
        const groups = await deps.groups.kept(request)
        const { answer, productIds } = await search(deps, { ...query, channel, locale, groups })
        if (isPersonal(query.q ?? '')) return new Reply(answer, { cache: false })
        // Later pages belong to the search that was counted.
        const note =
          query.cursor === undefined
            ? { channel, locale, query: asked(query.q ?? '').join(' '), results: answer.total }
            : undefined
        return new Reply(answer, { cache: { tags: productIds.map(productTag), note } })
      },
    ),
    get(
      '/api/search/suggest',
      {
        access: anyone,
        summary: 'Suggest questions, categories, brands and products to somebody who is typing',
        query: SuggestQuery,
        response: Suggestions,
        cached: kept,
      },
      async (request) => {
        const { query, channel, locale } = request
        const groups = await deps.groups.kept(request)
        const { answer, productIds } = await suggest(deps, { ...query, channel, locale, groups })
        return new Reply(answer, { cache: isPersonal(query.q) ? false : { tags: productIds.map(productTag) } })
      },
    ),
  ]
}
