import { useRef, useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { Field } from '../../../storefront/app/components/field.tsx'
import { pathsOf, useBrands, useCategories, useTags } from '../catalogue.ts'
import { exportProducts } from '../files/export-products.ts'
import { Action } from '../parts/action.tsx'
import { Choice, Find, useFilter } from '../parts/filter.tsx'
import { PickOne } from '../parts/pick.tsx'
import { Rows } from '../parts/rows.tsx'
import { money, State, when } from '../parts/show.tsx'
import { Views } from '../parts/views.tsx'
import { firstOf } from '../product/first-of.ts'
import { ManyProducts } from '../product/many.tsx'
import { api } from '../session.ts'

const STATUSES = ['ACTIVE', 'DRAFT', 'ARCHIVED'] as const
const SORTS = [
  { value: 'newest', label: 'newest first' },
  { value: 'changed', label: 'changed last' },
  { value: 'address', label: 'address, A to Z' },
] as const
/** So many are chosen at once where everything that fits is wanted. */
const MOST = 5_000
/** Of every product that was seen: what is refused later is told with its title, not its id. */
const titles = new Map<string, string>()

export function Products() {
  const { values, set, setAll } = useFilter(['search', 'status', 'category', 'brand', 'tag', 'sort'])
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const categories = useCategories()
  const brands = useBrands()
  const tags = useTags()
  const status = STATUSES.find((one) => one === values.status)
  const sort = SORTS.find(({ value }) => value === values.sort)?.value
  const { search, category, brand, tag } = values
  const asked = { search, status, category, brand, tag, sort }
  const note = <T extends { readonly id: string; readonly title: string }>(items: readonly T[]) => {
    for (const { id, title } of items) titles.set(id, title)
  }
  const filter: typeof set = (name, value) => {
    // what is not shown any more must not be changed unseen
    if (name !== 'sort') choose(new Set())
    set(name, value)
  }
  const [cut, setCut] = useState(false)
  const choose = (ids: ReadonlySet<string>, isCut = false) => {
    setChosen(ids)
    setCut(isCut)
  }
  const wanted = useRef('')
  wanted.current = JSON.stringify(asked)
  const chooseAll = async () => {
    const began = wanted.current
    const all = api.each('GET /api/products/all', { query: { ...asked, limit: 100 } })
    const found = await firstOf(all, MOST, () => began === wanted.current)
    if (!found) return
    note(found.items)
    choose(new Set(found.items.map(({ id }) => id)), found.more)
  }
  return (
    <div className="stack">
      <div className="spread">
        <h1>Products</h1>
        <div className="row">
          <Link to="/products/import">Import</Link>
          <Action name="Export" permission="products:write" run={exportProducts} />
          <NewProduct />
        </div>
      </div>
      <Views
        list="products"
        now={values}
        onChoose={(filters) => {
          choose(new Set())
          setAll(filters)
        }}
      />
      <div className="row">
        <Find label="Title or SKU" value={search} onChange={(value) => filter('search', value)} />
        <Choice label="Status" value={status} options={STATUSES} onChange={(value) => filter('status', value)} />
        <PickOne
          label="Category"
          options={[{ value: 'none', label: 'in no category' }, ...pathsOf(categories.data ?? [])]}
          value={category}
          onChange={(value) => filter('category', value)}
        />
        <PickOne label="Brand" options={brands.data ?? []} value={brand} onChange={(value) => filter('brand', value)} />
        <PickOne label="Tag" options={tags.data ?? []} value={tag} onChange={(value) => filter('tag', value)} />
        <Choice label="Order" needed value={sort ?? 'newest'} options={SORTS} onChange={(value) => filter('sort', value)} />
      </div>
      <div className="row">
        <Action name="Choose everything that fits" permission="products:write" run={chooseAll} />
        {chosen.size > 0 ? (
          <button type="button" className="link" onClick={() => choose(new Set())}>
            Choose nothing
          </button>
        ) : null}
        {cut ? (
          <span role="status">Only the first {MOST.toLocaleString('en')} are chosen. Filter, and do the rest afterwards.</span>
        ) : null}
      </div>
      <ManyProducts chosen={chosen} titleOf={(id) => titles.get(id) ?? id} onDone={() => choose(new Set())} />
      <Rows
        label="Products"
        name={['products', asked]}
        load={async (cursor) => {
          const page = await api.call('GET /api/products/all', { query: { ...asked, limit: 100, cursor } })
          note(page.items)
          return page
        }}
        keyOf={({ id }) => id}
        empty="No product fits."
        selection={{ chosen, onChange: choose, nameOf: ({ title }) => title }}
        columns={[
          { title: 'Title', width: 'minmax(12rem, 2fr)', cell: ({ id, title }) => <Link to={`/products/${id}`}>{title}</Link> },
          { title: 'Status', width: '6rem', cell: (product) => <State of={product.status} /> },
          { title: 'Brand', width: 'minmax(5rem, 1fr)', cell: (product) => product.brand ?? '–' },
          { title: 'Variants', width: '5rem', end: true, cell: ({ variantCount }) => variantCount },
          { title: 'Price', width: '7rem', end: true, cell: ({ price }) => (price ? money(price) : '–') },
          {
            title: 'Stock',
            width: '5rem',
            cell: ({ inStock }) => (inStock === null ? '–' : <State of={inStock ? 'ok' : 'out'} />),
          },
          { title: 'Changed', width: '10rem', cell: ({ updatedAt }) => when(updatedAt) },
        ]}
      />
    </div>
  )
}

/** A product begins as a draft with a title; everything else is done on its own page. */
function NewProduct() {
  const navigate = useNavigate()
  return (
    <Action
      name="New product"
      permission="products:write"
      quiet={false}
      run={async (form) => {
        const sku = String(form.get('sku')).trim()
        const { id } = await api.call('POST /api/products', {
          body: { texts: { en: { title: String(form.get('title')).trim() } }, variants: [{ sku }] },
        })
        void navigate(`/products/${id}`)
      }}
    >
      <Field label="Title" name="title" id="new-title" required maxLength={300} pattern=".*\S.*" />
      <Field label="SKU of its first variant" name="sku" id="new-sku" required maxLength={64} pattern="\S(.*\S)?" />
    </Action>
  )
}
