import { useState } from 'react'
import { useFetcher, useLocation } from 'react-router'
import type { Route } from './+types/list'
import { apiOf, type Card, type Category, notFound, SoukError } from '../api.server.ts'
import { Cards } from '../components/cards.tsx'
import { Chips } from '../components/chips.tsx'
import { Crumbs, type Step } from '../components/crumbs.tsx'
import { Filters } from '../components/filters.tsx'
import { Link } from '../components/link.tsx'
import { pageMeta } from '../components/meta.ts'
import { EmptyStall } from '../components/pictures.tsx'
import { tellChoice } from '../components/tell-choice.ts'
import type { Words } from '../i18n/en.ts'
import { languageOf, useSpeech, wordsOf } from '../i18n/language.ts'
import { find, wishOf } from '../search.server.ts'

/** A department, everything, or what a search finds: one page. */
export async function loader({ context, request, params: { category: slug } }: Route.LoaderArgs) {
  const api = apiOf(context, request)
  const wish = wishOf(new URL(request.url).searchParams)
  const [categories, found] = await Promise.all([
    slug ? api.call('GET /api/categories') : undefined,
    // a cursor of another order or another year
    find(api, wish, slug).catch((error: unknown) => {
      if (error instanceof SoukError && error.status < 500) throw notFound()
      throw error
    }),
  ])
  const category = categories?.items.find((one) => one.slug === slug)
  if (slug && !category) throw notFound()
  const above = category?.parentId ? categories?.items.find(({ id }) => id === category.parentId) : undefined
  return { ...found, q: wish.q, sort: wish.sort, category, above }
}

/** The way to a department: through the one above it. */
const trailOf = ({ above }: { above: Category | undefined }, { shop }: Words): Step[] => [
  { title: shop.allProducts, to: '/products' },
  ...(above ? [{ title: above.title, to: `/c/${above.slug}` }] : []),
]

export const meta: Route.MetaFunction = ({ loaderData, location, matches }) => {
  const words = wordsOf(languageOf(location.pathname))
  return pageMeta({
    title: loaderData?.category?.title ?? (loaderData?.q || words.shop.allProducts),
    description: words.shop.tagline,
    location,
    matches,
    hidden: location.search !== '',
    trail: loaderData?.category
      ? [...trailOf(loaderData, words), { title: loaderData.category.title, to: `/c/${loaderData.category.slug}` }]
      : undefined,
  })
}

export default function List({ loaderData }: Route.ComponentProps) {
  const { words } = useSpeech()
  const { pathname, search } = useLocation()
  const { q, category, items, next, total, exact, didYouMean, mayMean, relaxed } = loaderData
  const count = words.list.found(total, !exact)
  return (
    <div className="page">
      <Crumbs trail={category || q ? trailOf(loaderData, words) : []} here={category?.title ?? (q || words.shop.allProducts)} />
      <div className="stack">
        <div className="spread">
          <h1>{category?.title ?? (q ? `“${didYouMean ?? q}”` : words.shop.allProducts)}</h1>
          <p className="soft" role="status">
            {count}
          </p>
        </div>
        {didYouMean && didYouMean !== q ? <p className="note">{words.list.didYouMean(q, didYouMean)}</p> : null}
        {mayMean ? (
          <p className="note">
            {words.list.mayMean} <Link to={`/products?q=${encodeURIComponent(mayMean)}`}>{mayMean}</Link>?
          </p>
        ) : null}
        {relaxed ? <p className="note">{words.list.relaxed}</p> : null}
      </div>
      <div className="list section">
        <Filters {...loaderData} />
        <div className="stack">
          <Chips facets={loaderData.facets} />
          {items.length > 0 ? <Found key={pathname + search} first={items} next={next} q={q} /> : <Nothing q={q} />}
        </div>
      </div>
    </div>
  )
}

/** The first page comes with the document; more are added below, or follow as pages where scripts do not run. */
function Found({ first, next, q }: { first: readonly Card[]; next: string | undefined; q: string }) {
  const { words } = useSpeech()
  const { pathname, search } = useLocation()
  const more = useFetcher<typeof loader>()
  const [pages, setPages] = useState<readonly Card[]>([])
  const [taken, setTaken] = useState<unknown>()
  if (more.data && more.data !== taken) {
    setTaken(more.data)
    setPages([...pages, ...more.data.items])
  }
  const after = more.data ? more.data.next : next
  const query = new URLSearchParams(search)
  if (after) query.set('after', after)
  return (
    <section className="stack-wide" aria-busy={more.state !== 'idle'}>
      <Cards
        products={[...first, ...pages]}
        level="h2"
        onChoose={q ? ({ id }, position) => tellChoice(q, id, position) : undefined}
      />
      {after ? (
        <a
          className="button quiet"
          href={`${pathname}?${query}`}
          onClick={(event) => {
            event.preventDefault()
            void more.load(`${pathname}?${query}`)
          }}
        >
          {more.state === 'idle' ? words.list.more : words.list.loading}
        </a>
      ) : null}
    </section>
  )
}

function Nothing({ q }: { q: string }) {
  const { words } = useSpeech()
  const { pathname, search } = useLocation()
  const filtered = [...new URLSearchParams(search).keys()].some((name) => name !== 'q' && name !== 'sort')
  return (
    <div className="empty">
      <EmptyStall />
      <h2>{q ? words.list.nothingFor(q) : words.list.nothing}</h2>
      <p className="soft">{words.list.nothingHint}</p>
      {filtered ? (
        <a className="button" href={q ? `${pathname}?q=${encodeURIComponent(q)}` : pathname}>
          {words.list.reset}
        </a>
      ) : null}
      <Link className="button quiet" to="/products">
        {words.shop.allProducts}
      </Link>
    </div>
  )
}
