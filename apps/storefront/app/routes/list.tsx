import { useState } from 'react'
import { Form, useFetcher, useLocation, useSubmit } from 'react-router'
import type { Route } from './+types/list'
import { apiOf, type Card, notFound, unlessMissing } from '../api.server.ts'
import { Cards } from '../components/cards.tsx'
import { Crumbs } from '../components/crumbs.tsx'
import { Link } from '../components/link.tsx'
import { pageMeta } from '../components/meta.ts'
import { EmptyStall } from '../components/pictures.tsx'
import { languageOf, useSpeech, wordsOf } from '../i18n/language.ts'

const SORTS = ['newest', 'price', '-price', 'title', 'relevance'] as const
type Sort = (typeof SORTS)[number]
const PAGE = 24

const amountOf = (text: string | null): number | undefined => {
  const value = Math.round(Number(text?.replace(',', '.')) * 100)
  return text && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

/** A department, everything, or what a search finds: one page. */
export async function loader({ context, request, params }: Route.LoaderArgs) {
  const api = apiOf(context, request)
  const search = new URL(request.url).searchParams
  const q = search.get('q')?.trim().slice(0, 100) ?? ''
  const asked = search.get('sort') as Sort | null
  const sort = asked && SORTS.includes(asked) && (asked !== 'relevance' || q) ? asked : q ? 'relevance' : 'newest'
  const { category: slug } = params
  const [categories, page] = await Promise.all([
    slug ? api.call('GET /api/categories') : undefined,
    unlessMissing(
      api.call('GET /api/products', {
        query: {
          limit: PAGE,
          sort,
          ...(q ? { search: q } : {}),
          ...(slug ? { category: slug } : {}),
          minPrice: amountOf(search.get('from')),
          maxPrice: amountOf(search.get('to')),
          inStock: search.get('stock') === '1' ? true : undefined,
          cursor: search.get('after') ?? undefined,
        },
      }),
    ),
  ])
  const category = categories?.items.find((one) => one.slug === slug)
  if ((slug && !category) || !page) throw notFound()
  const filtered = ['from', 'to', 'stock'].some((name) => search.get(name))
  return {
    q,
    sort,
    category,
    items: page.items,
    next: page.next,
    from: search.get('from') ?? '',
    to: search.get('to') ?? '',
    stock: search.get('stock') === '1',
    filtered,
  }
}

export const meta: Route.MetaFunction = ({ loaderData, location, matches }) => {
  const words = wordsOf(languageOf(location.pathname))
  const title = loaderData?.category?.title ?? (loaderData?.q || words.shop.allProducts)
  return pageMeta({
    title,
    description: words.shop.tagline,
    location,
    matches,
    hidden: Boolean(loaderData?.q) || location.search !== '',
  })
}

export default function List({ loaderData }: Route.ComponentProps) {
  const { words } = useSpeech()
  const { q, category, items, next } = loaderData
  const title =
    category?.title ?? (q ? words.list.results(words.list.found(items.length, next !== undefined), q) : words.shop.allProducts)
  return (
    <div className="page">
      <Crumbs
        trail={[{ title: category || q ? words.shop.allProducts : words.error.home, to: category || q ? '/products' : '/' }]}
        here={title}
      />
      <h1>{title}</h1>
      <div className="list section">
        <Filters {...loaderData} />
        {items.length > 0 ? (
          <Found key={JSON.stringify([q, category?.id, loaderData.sort, items[0]?.id])} first={items} next={next} />
        ) : (
          <Nothing q={q} />
        )}
      </div>
    </div>
  )
}

/** The first page comes with the document; more are added below, or follow as pages where scripts do not run. */
function Found({ first, next }: { first: readonly Card[]; next: string | undefined }) {
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
      <Cards products={[...first, ...pages]} level="h2" />
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

function Filters({ q, sort, from, to, stock, filtered }: Route.ComponentProps['loaderData']) {
  const { words } = useSpeech()
  const { pathname } = useLocation()
  const submit = useSubmit()
  const names: Record<Sort, string> = {
    newest: words.list.newest,
    price: words.list.priceUp,
    '-price': words.list.priceDown,
    title: words.list.titleSort,
    relevance: words.list.relevance,
  }
  return (
    <details className="filters" open={filtered}>
      <summary>{words.list.filters}</summary>
      <Form className="stack" aria-label={words.list.filters} onChange={(event) => void submit(event.currentTarget)}>
        {q ? <input type="hidden" name="q" value={q} /> : null}
        <div className="field">
          <label htmlFor="sort">{words.list.sort}</label>
          <select id="sort" name="sort" defaultValue={sort}>
            {SORTS.filter((one) => one !== 'relevance' || q).map((one) => (
              <option key={one} value={one}>
                {names[one]}
              </option>
            ))}
          </select>
        </div>
        <fieldset>
          <legend className="legend">{words.list.price}</legend>
          <div className="row">
            <input
              className="input"
              style={{ width: '6rem' }}
              name="from"
              inputMode="decimal"
              defaultValue={from}
              aria-label={words.list.priceFrom}
              placeholder={words.list.priceFrom}
            />
            <input
              className="input"
              style={{ width: '6rem' }}
              name="to"
              inputMode="decimal"
              defaultValue={to}
              aria-label={words.list.priceTo}
              placeholder={words.list.priceTo}
            />
          </div>
        </fieldset>
        <label className="row">
          <input type="checkbox" name="stock" value="1" defaultChecked={stock} />
          {words.list.inStock}
        </label>
        <div className="row">
          <button className="button quiet small" type="submit">
            {words.list.apply}
          </button>
          {filtered ? (
            <a className="link" href={q ? `${pathname}?q=${encodeURIComponent(q)}` : pathname}>
              {words.list.reset}
            </a>
          ) : null}
        </div>
      </Form>
    </details>
  )
}

function Nothing({ q }: { q: string }) {
  const { words } = useSpeech()
  return (
    <div className="empty">
      <EmptyStall />
      <h2>{q ? words.list.nothingFor(q) : words.list.nothing}</h2>
      <p className="soft">{words.list.nothingHint}</p>
      <Link className="button quiet" to="/products">
        {words.shop.allProducts}
      </Link>
    </div>
  )
}
