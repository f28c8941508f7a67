/** What is shown beside a list of products, from counted terms: pure. */
import type { FacetCount } from './engines/engine.ts'
import type { Facets } from './shapes.ts'

/** The most frequent value first, then by name. */
const byFrequency = (a: FacetCount, b: FacetCount): number => b.documents - a.documents || (a.label < b.label ? -1 : 1)

export function facetsOf(counts: readonly FacetCount[]): Facets {
  const of = (kind: string) => counts.filter((one) => one.kind === kind).sort(byFrequency)
  const place = ({ key, slug, label, documents }: FacetCount) => ({ id: key, slug, title: label, count: documents })
  return {
    categories: of('category').map((one) => ({ ...place(one), parentId: one.parent })),
    brands: of('brand').map(place),
    sellers: of('seller').map(place),
    tags: of('tag').map(({ key, documents }) => ({ tag: key, count: documents })),
    options: optionsOf(of('option')),
    prices: of('price')
      .map(({ key, label, documents }) => {
        const [from, to] = key.split('-').map(Number) as [number, number]
        return { range: key, from, to, currency: label, count: documents }
      })
      .sort((a, b) => a.from - b.from),
    ratings: ratingsOf(of('rating')),
    inStock: of('stock')[0]?.documents ?? 0,
  }
}

function optionsOf(values: readonly FacetCount[]): Facets['options'] {
  const keyOf = ({ key }: FacetCount) => key.slice(0, key.indexOf(':'))
  return [...Map.groupBy(values, keyOf)].map(([key, own]) => ({
    key,
    title: own[0]!.parent ?? key,
    values: own.map((one) => ({ key: one.key.slice(key.length + 1), title: one.label, count: one.documents })),
  }))
}

/** "Four stars and more" holds those with five. */
function ratingsOf(values: readonly FacetCount[]): Facets['ratings'] {
  let sum = 0
  return [5, 4, 3, 2, 1].map((stars) => {
    sum += values.find(({ key }) => key === String(stars))?.documents ?? 0
    return { stars, count: sum }
  })
}
