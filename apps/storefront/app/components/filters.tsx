import { type ReactNode, useEffect, useRef } from 'react'
import { Form, useLocation, useSubmit } from 'react-router'
import type { Category } from '../api.server.ts'
import { price } from '../i18n/format.ts'
import { type Speech, useSpeech } from '../i18n/language.ts'
import type { Facets, Sort } from '../search.server.ts'
import { Link } from './link.tsx'

interface Props {
  readonly q: string
  readonly sort: Sort
  readonly category: Category | undefined
  readonly facets: Facets | null
}

/** Values shown at once; the others wait behind "more". */
const AT_ONCE = 6

export const rangeOf = ({ from, to, currency }: Facets['prices'][number], language: Speech['language']): string =>
  `${price({ amount: from, currency }, language)} – ${price({ amount: to, currency }, language)}`

/** Works as a form with a button; with scripts each change is sent at once. */
export function Filters({ q, sort, category, facets }: Props) {
  const { language, words } = useSpeech()
  const { search } = useLocation()
  const submit = useSubmit()
  const form = useFollowing(search)
  const sorts: [Sort, string][] = [
    ...(q ? [['relevance', words.list.relevance] as [Sort, string]] : []),
    ['bestselling', words.list.bestselling],
    ['newest', words.list.newest],
    ['price', words.list.priceUp],
    ['-price', words.list.priceDown],
    ['rating', words.list.rated],
  ]
  const chosen = new URLSearchParams(search)
  const below = facets?.categories.filter(({ parentId }) => parentId === (category?.id ?? null)) ?? []
  return (
    <details className="filters" open={[...chosen.keys()].some((name) => name !== 'q' && name !== 'sort')}>
      <summary>{words.list.filters}</summary>
      <Form
        ref={form}
        className="stack"
        aria-label={words.list.filters}
        preventScrollReset
        onChange={(event) => void submit(event.currentTarget, { preventScrollReset: true })}
      >
        {q ? <input type="hidden" name="q" value={q} /> : null}
        <div className="field">
          <label htmlFor="sort">{words.list.sort}</label>
          <select id="sort" name="sort" defaultValue={sort}>
            {sorts.map(([value, title]) => (
              <option key={value} value={value}>
                {title}
              </option>
            ))}
          </select>
        </div>
        {category ? (
          <Below places={below} />
        ) : (
          <Values
            title={words.shop.categories}
            name="category"
            chosen={chosen}
            values={below.map(({ id, slug, title, count }) => ({ value: slug ?? id, title, count }))}
          />
        )}
        <Values
          title={words.product.brand}
          name="brand"
          chosen={chosen}
          values={facets?.brands.map(({ id, slug, title, count }) => ({ value: slug ?? id, title, count }))}
        />
        <Values
          title={words.list.price}
          name="price"
          chosen={chosen}
          values={facets?.prices.map((one) => ({ value: one.range, title: rangeOf(one, language), count: one.count }))}
        >
          <div className="row">
            <Amount name="from" label={words.list.priceFrom} chosen={chosen} />
            <Amount name="to" label={words.list.priceTo} chosen={chosen} />
          </div>
        </Values>
        {facets?.options.map((option) => (
          <Values
            key={option.key}
            title={option.title}
            name="option"
            chosen={chosen}
            values={option.values.map(({ key, title, count }) => ({ value: `${option.key}:${key}`, title, count }))}
          />
        ))}
        <Values
          title={words.list.rating}
          name="rating"
          type="radio"
          chosen={chosen}
          values={facets?.ratings
            .filter(({ count, stars }) => count > 0 && stars > 1)
            .map(({ stars, count }) => ({ value: String(stars), title: words.list.stars(stars), count }))}
        />
        <label className="row">
          <input type="checkbox" name="stock" value="1" defaultChecked={chosen.get('stock') === '1'} />
          {words.list.inStock}
        </label>
        <button className="button quiet small" type="submit">
          {words.list.apply}
        </button>
      </Form>
    </details>
  )
}

function Below({ places }: { places: Facets['categories'] }) {
  const { words } = useSpeech()
  if (places.length === 0) return null
  return (
    <nav className="stack" aria-label={words.shop.categories} style={{ gap: 'var(--s2)' }}>
      {places.map(({ id, slug, title, count }) => (
        <Link key={id} className="value" to={`/c/${slug ?? id}`}>
          <span>{title}</span> <span className="soft number">{count}</span>
        </Link>
      ))}
    </nav>
  )
}

interface ValuesProps {
  readonly title: string
  readonly name: string
  readonly type?: 'checkbox' | 'radio'
  readonly chosen: URLSearchParams
  readonly values: readonly { readonly value: string; readonly title: string; readonly count: number }[] | undefined
  readonly children?: ReactNode
}

function Values({ title, name, type = 'checkbox', chosen, values = [], children }: ValuesProps) {
  const { words } = useSpeech()
  if (values.length === 0 && !children) return null
  const picked = new Set(chosen.getAll(name))
  const row = ({ value, title: text, count }: (typeof values)[number]) => (
    <label key={value} className="value">
      <input type={type} name={name} value={value} defaultChecked={picked.has(value)} />
      <span>{text}</span> <span className="soft number">{count}</span>
    </label>
  )
  const rest = values.slice(AT_ONCE)
  return (
    <fieldset className="values">
      <legend className="legend">{title}</legend>
      {values.slice(0, AT_ONCE).map(row)}
      {rest.length > 0 ? (
        <details open={rest.some(({ value }) => picked.has(value))}>
          <summary className="link">{words.list.moreValues(rest.length)}</summary>
          {rest.map(row)}
        </details>
      ) : null}
      {children}
    </fieldset>
  )
}

function Amount({ name, label, chosen }: { name: string; label: string; chosen: URLSearchParams }) {
  return (
    <input
      className="input"
      style={{ width: '5.5rem' }}
      name={name}
      inputMode="decimal"
      maxLength={12}
      defaultValue={chosen.get(name) ?? ''}
      aria-label={label}
      placeholder={label}
    />
  )
}

/** The fields say what the address says, also after a chip was taken off or the visitor went back; the focus stays where it is. */
function useFollowing(search: string) {
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => {
    const chosen = new URLSearchParams(search)
    for (const field of form.current?.elements ?? []) {
      if (!(field instanceof HTMLInputElement)) continue
      if (field.type === 'checkbox' || field.type === 'radio') field.checked = chosen.getAll(field.name).includes(field.value)
      else if (field.name !== 'q') field.value = chosen.get(field.name) ?? ''
    }
  }, [search])
  return form
}
