import type { Route } from './+types/home'
import { apiOf } from '../api.server.ts'
import { Cards } from '../components/cards.tsx'
import { Link } from '../components/link.tsx'
import { RecentlyViewed, Recommended } from '../components/recommended.tsx'
import { Arches } from '../components/pictures.tsx'
import { pageMeta } from '../components/meta.ts'
import { languageOf, useSpeech, wordsOf } from '../i18n/language.ts'
import { forVisitor } from '../recommendations.server.ts'
import { useShop } from '../root.tsx'

export async function loader({ context, request }: Route.LoaderArgs) {
  const [{ items }, recommended] = await Promise.all([
    apiOf(context, request).call('GET /api/products', { query: { sort: 'newest', limit: 8, inStock: true } }),
    forVisitor(context, request),
  ])
  return { newest: items, recommended }
}

export const meta: Route.MetaFunction = ({ location, matches }) => {
  const words = wordsOf(languageOf(location.pathname))
  return pageMeta({ title: words.home.title, description: words.home.intro, location, matches })
}

export default function Home({ loaderData }: Route.ComponentProps) {
  const { words } = useSpeech()
  const stalls = useShop()?.categories.filter(({ level }) => level === 0) ?? []
  return (
    <>
      <section className="hero">
        <div className="page">
          <div className="words">
            <h1>{words.home.lead}</h1>
            <p>{words.home.intro}</p>
            <Link className="button" to="/products">
              {words.home.browse}
            </Link>
          </div>
          <Arches />
        </div>
      </section>
      <div className="page stack-wide section">
        <section className="stack">
          <h2>{words.home.newest}</h2>
          <Cards products={loaderData.newest} />
        </section>
        <Recommended list={loaderData.recommended.feed} />
        <Recommended list={loaderData.recommended.trending} />
        {stalls.length > 0 ? (
          <section className="stack">
            <h2>{words.home.departments}</h2>
            <ul className="doors">
              {stalls.map(({ id, slug, title }) => (
                <li key={id}>
                  <Link to={`/c/${slug}`}>{title}</Link>
                </li>
              ))}
            </ul>
          </section>
        ) : null}
        <RecentlyViewed viewed={loaderData.recommended.viewed} />
        <ul className="promises">
          {([1, 2, 3] as const).map((n) => (
            <li key={n} className="stack">
              <h3>{words.home[`promise${n}`]}</h3>
              <p className="soft">{words.home[`promise${n}Text`]}</p>
            </li>
          ))}
        </ul>
      </div>
    </>
  )
}
