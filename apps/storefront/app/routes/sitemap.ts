import type { Route } from './+types/sitemap'
import { visitContext } from '../../server/visit.ts'
import { apiOf, orElse } from '../api.server.ts'
import { inLanguage, LANGUAGES } from '../i18n/language.ts'

/** The protocol allows 50,000 addresses in a file; each product stands here in two languages. */
const MOST_PRODUCTS = 20_000

/** Departments, pages and products, each in every language. Source of the form: sitemaps.org, protocol 0.9. */
export async function loader({ context, request }: Route.LoaderArgs) {
  const api = apiOf(context, request)
  const { publicUrl } = context.get(visitContext)
  const paths = ['/', '/products']
  for (const { slug } of (await api.call('GET /api/categories')).items) paths.push(`/c/${slug}`)
  const pages = await orElse(api.call('GET /api/content/pages'), { items: [] })
  for (const { slug } of pages.items) paths.push(`/pages/${slug}`)
  for await (const { slug } of api.each('GET /api/products', { query: { limit: 100, sort: 'newest' } })) {
    paths.push(`/p/${slug}`)
    if (paths.length > MOST_PRODUCTS) break
  }
  const entries = paths.flatMap((path) =>
    LANGUAGES.map((language) => `<url><loc>${publicUrl}${inLanguage(language, path)}</loc></url>`),
  )
  return new Response(
    `<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n${entries.join('\n')}\n</urlset>\n`,
    { headers: { 'content-type': 'application/xml; charset=utf-8', 'cache-control': 'public, max-age=3600' } },
  )
}
