import Type from 'typebox'
import { Uuid } from '#contracts/values.ts'
import { anyone, get, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import type { ProductsDeps } from '../deps.ts'
import { sitemapPart, sitemapParts } from '../queries/sitemap.ts'
import { Slug } from '../shapes.ts'

/** A search engine comes a few times a day; what is new may wait for it. */
const SECONDS = 600

/** The addresses of a whole catalogue, for search engines: large parts instead of very many small pages. */
export function sitemapRoutes({ db, kept }: ProductsDeps): readonly Route[] {
  return [
    get(
      '/api/products/sitemap',
      {
        access: anyone,
        summary: 'Parts of the catalogue for search engines: the first product of each',
        response: closed({ parts: Type.Array(Uuid) }),
        cached: { tags: kept.frame.tags, seconds: SECONDS },
      },
      async ({ channel, locale }) => ({ parts: await sitemapParts(db.read, channel, locale) }),
    ),
    get(
      '/api/products/sitemap/:first',
      {
        access: anyone,
        summary: 'Addresses of the products of one part',
        params: closed({ first: Uuid }),
        response: closed({ slugs: Type.Array(Slug) }),
        rateLimit: { max: 60, windowSeconds: 60 },
      },
      async ({ params, channel, locale }) => ({ slugs: await sitemapPart(db.read, channel, locale, params.first) }),
    ),
  ]
}
