import { Link } from 'react-router'
import { Choice, Find, useFilter } from '../parts/filter.tsx'
import { useEvery } from '../live.ts'
import { Rows } from '../parts/rows.tsx'
import { money, State, when } from '../parts/show.tsx'
import { Views } from '../parts/views.tsx'
import { api } from '../session.ts'

const STATUSES = ['PENDING', 'CONFIRMED', 'SHIPPED', 'DELIVERED', 'COMPLETED', 'CANCELLED', 'RETURNED'] as const

export function Orders() {
  const { values, set, setAll } = useFilter(['status', 'number', 'email', 'customer'])
  const every = useEvery(10_000)
  const status = STATUSES.find((one) => one === values.status)
  return (
    <div className="stack">
      <h1>Orders</h1>
      <Views list="orders" now={values} onChoose={setAll} />
      <div className="row">
        <Choice label="Status" value={status} options={STATUSES} onChange={(value) => set('status', value)} />
        <Find label="Number" value={values.number} onChange={(value) => set('number', value)} />
        <Find label="Guest’s e-mail" value={values.email} onChange={(value) => set('email', value)} />
        {values.customer ? (
          <button type="button" className="link" onClick={() => set('customer', '')}>
            Orders of everybody
          </button>
        ) : null}
      </div>
      <Rows
        label="Orders"
        name={['orders', 'list', status, values.number, values.email, values.customer]}
        every={every}
        load={(cursor) =>
          api.call('GET /api/orders', {
            query: { limit: 50, cursor, status, number: values.number, email: values.email, customerId: values.customer },
          })
        }
        keyOf={({ id }) => id}
        empty="No order fits."
        columns={[
          { title: 'Number', width: 'minmax(9rem, 1fr)', cell: ({ id, number }) => <Link to={`/orders/${id}`}>{number}</Link> },
          { title: 'Placed', width: 'minmax(10rem, 1fr)', cell: ({ placedAt }) => when(placedAt) },
          { title: 'Status', width: '8rem', cell: (order) => <State of={order.status} /> },
          { title: 'Units', width: '4rem', end: true, cell: ({ units }) => units },
          { title: 'Total', width: '7rem', end: true, cell: ({ total }) => money(total) },
        ]}
      />
    </div>
  )
}
