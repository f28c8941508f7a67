import type { Route } from './+types/page'
import { apiOf, notFound, unlessMissing } from '../api.server.ts'
import { pageMeta } from '../components/meta.ts'
import { Written } from '../components/written.tsx'
import { inLanguageOf } from '../content.server.ts'
import { languageOf } from '../i18n/language.ts'

export async function loader({ context, params, request }: Route.LoaderArgs) {
  const { pathname, searchParams } = new URL(request.url)
  const preview = searchParams.get('preview')
  const page = await unlessMissing(
    apiOf(context, request).call('GET /api/content/pages/{slug}', {
      path: { slug: params.slug },
      ...(preview ? { query: { preview } } : {}),
    }),
    { orWrong: true },
  )
  if (!page) throw notFound(preview ? 'preview' : null)
  return { ...page, html: inLanguageOf(languageOf(pathname), page.html), draft: preview !== null }
}

export const meta: Route.MetaFunction = ({ loaderData, location, matches }) =>
  loaderData
    ? pageMeta({
        title: loaderData.title,
        description: loaderData.description || undefined,
        location,
        matches,
        hidden: loaderData.draft,
      })
    : []

/** What staff wrote: imprint, terms, shipping … */
export default function StaticPage({ loaderData: { title, html } }: Route.ComponentProps) {
  return (
    <article className="page section stack">
      <h1>{title}</h1>
      <Written html={html} />
    </article>
  )
}
