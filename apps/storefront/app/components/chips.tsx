import { Link, useLocation } from 'react-router'
import { useSpeech } from '../i18n/language.ts'
import type { Facets } from '../search.server.ts'
import { rangeOf } from './filters.tsx'

/** What the list is narrowed to; each is a link to the list without it. */
export function Chips({ facets }: { facets: Facets | null }) {
  const { language, words } = useSpeech()
  const { pathname, search } = useLocation()
  const chosen = new URLSearchParams(search)
  chosen.delete('after')

  const titleOf = (name: string, value: string): string | undefined => {
    if (name === 'category' || name === 'brand') {
      const places = name === 'brand' ? facets?.brands : facets?.categories
      return places?.find(({ id, slug }) => slug === value || id === value)?.title ?? value
    }
    if (name === 'option') {
      const [key, ...rest] = value.split(':')
      const option = facets?.options.find((one) => one.key === key)
      return option?.values.find((one) => one.key === rest.join(':'))?.title ?? rest.join(':')
    }
    if (name === 'price') {
      const range = facets?.prices.find((one) => one.range === value)
      return range ? rangeOf(range, language) : undefined
    }
    if (name === 'rating') return words.list.stars(Number(value))
    if (name === 'from') return `${words.list.priceFrom} ${value}`
    if (name === 'to') return `${words.list.priceTo} ${value}`
    return name === 'stock' ? words.list.inStock : undefined
  }
  const without = (name: string, value: string) => {
    const rest = new URLSearchParams(chosen)
    rest.delete(name, value)
    return `${pathname}?${rest}`
  }
  const chips = [...chosen].flatMap(([name, value]) => {
    const title = value ? titleOf(name, value) : undefined
    return title ? [{ title, to: without(name, value) }] : []
  })
  if (chips.length === 0) return null
  const q = chosen.get('q')
  return (
    <ul className="row" aria-label={words.list.active}>
      {chips.map(({ title, to }) => (
        <li key={to}>
          <Link className="chip" to={to} preventScrollReset aria-label={words.list.without(title)}>
            {title} <span aria-hidden="true">×</span>
          </Link>
        </li>
      ))}
      <li>
        <Link className="link" to={q ? `${pathname}?q=${encodeURIComponent(q)}` : pathname} preventScrollReset>
          {words.list.reset}
        </Link>
      </li>
    </ul>
  )
}
