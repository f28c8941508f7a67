import { Link } from 'react-router'
import { Find, useFilter } from '../parts/filter.tsx'
import { Rows } from '../parts/rows.tsx'
import { when } from '../parts/show.tsx'
import { api, may } from '../session.ts'

export function Customers() {
  const { values, set } = useFilter(['search'])
  return (
    <div className="stack">
      <h1>Customers</h1>
      <div className="row">
        <Find label="Name or e-mail" value={values.search} onChange={(value) => set('search', value)} />
      </div>
      <Rows
        label="Customers"
        name={['users', values.search]}
        load={(cursor) => api.call('GET /api/users', { query: { limit: 100, cursor, search: values.search } })}
        keyOf={({ id }) => id}
        empty="Nobody fits."
        columns={[
          { title: 'Name', width: 'minmax(9rem, 1fr)', cell: ({ fullName }) => fullName },
          { title: 'E-mail', width: 'minmax(12rem, 1.5fr)', cell: ({ email }) => email ?? 'erased' },
          { title: 'Since', width: '11rem', cell: ({ createdAt }) => when(createdAt) },
          { title: 'Roles', width: '9rem', cell: ({ roles }) => roles.join(', ').toLowerCase() },
          {
            title: 'To do',
            width: '6rem',
            cell: ({ id }) => (may('orders:read-any') ? <Link to={`/orders?customer=${id}`}>Orders</Link> : null),
          },
        ]}
      />
    </div>
  )
}
