import { Link } from 'react-router'
import { Field } from '../../../storefront/app/components/field.tsx'
import { Action } from '../parts/action.tsx'
import { Choice, useFilter } from '../parts/filter.tsx'
import { useEvery } from '../live.ts'
import { Rows } from '../parts/rows.tsx'
import { State, when } from '../parts/show.tsx'
import { api } from '../session.ts'

const STATUSES = ['requested', 'approved', 'received', 'rejected', 'refunded', 'replaced', 'closed'] as const

/** The queue: what a customer asks for, and the one thing that can be done next. */
export function Returns() {
  const { values, set } = useFilter(['status'])
  const every = useEvery(10_000)
  const status = STATUSES.find((one) => one === values.status)
  return (
    <div className="stack">
      <h1>Returns</h1>
      <div className="row">
        <Choice label="Status" value={status} options={STATUSES} onChange={(value) => set('status', value)} />
      </div>
      <Rows
        label="Returns"
        name={['returns', 'list', status]}
        every={every}
        load={(cursor) =>
          api.call('GET /api/returns', {
            query: { limit: 50, cursor, status, sort: status === 'requested' ? 'oldest' : 'newest' },
          })
        }
        keyOf={({ id }) => id}
        empty="No return fits."
        columns={[
          {
            title: 'Order',
            width: '9rem',
            cell: ({ orderId, orderNumber }) => <Link to={`/orders/${orderId}`}>{orderNumber}</Link>,
          },
          { title: 'Asked', width: '11rem', cell: ({ requestedAt }) => when(requestedAt) },
          { title: 'Status', width: '7rem', cell: (one) => <State of={one.status} /> },
          {
            title: 'What and why',
            width: 'minmax(12rem, 1fr)',
            cell: ({ lines }) => lines.map(({ quantity, title, reason }) => `${quantity} × ${title} (${reason})`).join(', '),
          },
          { title: 'To do', width: '15rem', cell: (one) => <Next id={one.id} status={one.status} /> },
        ]}
      />
    </div>
  )
}

function Next({ id, status }: { id: string; status: (typeof STATUSES)[number] }) {
  const path = { id }
  if (status === 'requested') {
    return (
      <span className="row">
        <Action
          name="Approve"
          permission="returns:decide"
          confirm="The customer gets a label by mail."
          run={() => api.call('POST /api/returns/{id}/approve', { path, body: {} })}
        />
        <Action
          name="Reject"
          permission="returns:decide"
          run={(form) => api.call('POST /api/returns/{id}/reject', { path, body: { reason: String(form.get('reason')) } })}
        >
          <Field label="Reason, the customer reads it" name="reason" required maxLength={300} />
        </Action>
      </span>
    )
  }
  if (status !== 'approved') return null
  return (
    <Action
      name="Goods are here"
      permission="returns:receive"
      confirm="All of it arrived as new: it goes back on the shelf and the money back to the customer."
      run={() => api.call('POST /api/returns/{id}/receive', { path, body: {} })}
    />
  )
}
