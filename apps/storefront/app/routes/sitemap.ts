import type { Route } from './+types/sitemap'
import { visitContext } from '../../server/visit.ts'
import { apiOf, type Client, notFound, orElse } from '../api.server.ts'
import { inLanguage, LANGUAGES } from '../i18n/language.ts'

const PAGES = 'pages'

/**
 * Departments, pages and products, each in every language. One file as long as all products fit into one part; then this is an index of files, since one may
 * hold 50,000 addresses. Source of the form: sitemaps.org, protocol 0.9. Parts are told apart behind the question mark: a file may speak only of addresses below
 * its own folder.
 */
export async function loader({ context, request }: Route.LoaderArgs) {
  const api = apiOf(context, request)
  const { publicUrl } = context.get(visitContext)
  const part = new URL(request.url).searchParams.get('part')
  if (part === PAGES) return addresses(publicUrl, await pagePaths(api))
  if (part !== null) {
    if (!/^[0-9a-f-]{36}$/.test(part)) throw notFound()
    return addresses(publicUrl, await productPaths(api, part))
  }
  const { parts } = await api.call('GET /api/products/sitemap')
  if (parts.length > 1) {
    const files = [PAGES, ...parts].map((one) => `<sitemap><loc>${publicUrl}/sitemap.xml?part=${one}</loc></sitemap>`)
    return xml('sitemapindex', files)
  }
  const [pages, products] = await Promise.all([pagePaths(api), parts[0] === undefined ? [] : productPaths(api, parts[0])])
  return addresses(publicUrl, [...pages, ...products])
}

async function pagePaths(api: Client): Promise<string[]> {
  const [categories, pages] = await Promise.all([
    api.call('GET /api/categories'),
    orElse(api.call('GET /api/content/pages'), { items: [] }),
  ])
  return [
    '/',
    '/products',
    ...categories.items.map(({ slug }) => `/c/${slug}`),
    ...pages.items.map(({ slug }) => `/pages/${slug}`),
  ]
}

const productPaths = async (api: Client, first: string): Promise<string[]> =>
  (await api.call('GET /api/products/sitemap/{first}', { path: { first } })).slugs.map((slug) => `/p/${slug}`)

const addresses = (publicUrl: string, paths: readonly string[]): Response =>
  xml(
    'urlset',
    paths.flatMap((path) => LANGUAGES.map((language) => `<url><loc>${publicUrl}${inLanguage(language, path)}</loc></url>`)),
  )

const xml = (root: string, entries: readonly string[]): Response =>
  new Response(
    `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n${entries.join('\n')}\n</${root}>\n`,
    { headers: { 'content-type': 'application/xml; charset=utf-8', 'cache-control': 'public, max-age=3600' } },
  )
