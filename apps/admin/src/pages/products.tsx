import { Link } from 'react-router'
import { Find, useFilter } from '../parts/filter.tsx'
import { Rows } from '../parts/rows.tsx'
import { money, State } from '../parts/show.tsx'
import { api } from '../session.ts'

export function Products() {
  const { values, set } = useFilter(['search'])
  return (
    <div className="stack">
      <h1>Products</h1>
      <div className="row">
        <Find label="Search" value={values.search} onChange={(value) => set('search', value)} />
      </div>
      <Rows
        label="Products"
        name={['products', values.search]}
        load={(cursor) =>
          api.call('GET /api/products', {
            query: { limit: 100, cursor, search: values.search, sort: values.search ? 'relevance' : 'newest' },
          })
        }
        keyOf={({ id }) => id}
        empty="No product fits."
        columns={[
          { title: 'Title', width: 'minmax(12rem, 2fr)', cell: ({ id, title }) => <Link to={`/products/${id}`}>{title}</Link> },
          { title: 'Brand', width: 'minmax(6rem, 1fr)', cell: ({ brand }) => brand ?? '–' },
          { title: 'Variants', width: '5rem', end: true, cell: ({ variantCount }) => variantCount },
          { title: 'Price', width: '7rem', end: true, cell: ({ price }) => money(price) },
          { title: 'Stock', width: '6rem', cell: ({ inStock }) => <State of={inStock ? 'ok' : 'out'} /> },
        ]}
      />
    </div>
  )
}
