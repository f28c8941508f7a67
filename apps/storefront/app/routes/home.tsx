import type { Route } from './+types/home'
import { Sections } from '../components/sections.tsx'
import { RecentlyViewed } from '../components/recommended.tsx'
import { pageMeta, shopFacts } from '../components/meta.ts'
import { homeSections } from '../content.server.ts'
import { languageOf, wordsOf } from '../i18n/language.ts'
import { forVisitor } from '../recommendations.server.ts'

export async function loader({ context, request }: Route.LoaderArgs) {
  const words = wordsOf(languageOf(new URL(request.url).pathname))
  const [sections, recommended] = await Promise.all([homeSections(context, request, words), forVisitor(context, request)])
  return { sections, recommended }
}

export const meta: Route.MetaFunction = ({ location, matches }) => {
  const words = wordsOf(languageOf(location.pathname))
  return pageMeta({
    title: words.home.title,
    description: words.home.intro,
    location,
    matches,
    hidden: new URLSearchParams(location.search).has('preview'),
    facts: shopFacts(matches),
  })
}

export default function Home({ loaderData: { sections, recommended } }: Route.ComponentProps) {
  return (
    <>
      <Sections sections={sections} recommended={recommended} />
      <div className="page">
        <RecentlyViewed viewed={recommended.viewed} />
      </div>
    </>
  )
}
