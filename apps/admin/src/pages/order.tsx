import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from 'react-router'
import type { Answer } from '../../../../packages/client/src/client.ts'
import { Field } from '../../../storefront/app/components/field.tsx'
import { saveFile } from '../files/save-file.ts'
import { ChangeAddress } from '../order/change-address.tsx'
import { ChangeLines } from '../order/change-lines.tsx'
import { OpenChanges } from '../order/open-changes.tsx'
import { isOpen } from '../order/order.ts'
import { Parcels } from '../order/parcels.tsx'
import { Payments } from '../order/payments.tsx'
import { REFRESH_MS } from '../order/refresh.ts'
import { OrderReturns } from '../order/returns.tsx'
import { Action } from '../parts/action.tsx'
import { money, Panel, State, when } from '../parts/show.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { api, may } from '../session.ts'

/** No invoice is made of these. */
const UNCONFIRMED = new Set(['PENDING', 'CANCELLED'])

/** What whoever may see orders may know of one; payments and parcels only for those who may see these, so that nobody's page fails at a part that is not theirs. */
export function OrderPage() {
  const { id = '' } = useParams()
  const path = { id }
  const { data, error, refetch } = useQuery({
    queryKey: ['order', id],
    queryFn: async () => {
      const [order, timeline, notes] = await Promise.all([
        api.call('GET /api/orders/{id}', { path }),
        api.call('GET /api/orders/{id}/timeline', { path }),
        api.call('GET /api/orders/{id}/notes', { path }),
      ])
      return { order, timeline: timeline.items, notes: notes.items }
    },
    refetchInterval: REFRESH_MS,
  })
  if (error) return <Trouble error={error} again={() => void refetch()} />
  if (!data) return <p className="soft">Loading …</p>
  const { order, timeline, notes } = data
  const address = order.shippingAddress
  return (
    <div className="stack">
      <div className="spread">
        <h1>
          {order.number} <State of={order.status} />
        </h1>
        {order.status === 'PENDING' ? (
          <Action
            name="Send the link again"
            permission="notifications:send"
            confirm="The customer gets the mail once more that leads to this order, to look at it and to pay."
            run={() => api.call('POST /api/notifications/send', { body: { orderId: id, template: 'order-placed' } })}
          />
        ) : null}
        {isOpen(order) ? (
          <Action
            name="Cancel order"
            permission="orders:write"
            confirm="Stock goes back, money that was taken is refunded, the parcel is stopped and the customer is told. This cannot be undone."
            run={() => api.call('PUT /api/orders/{id}/cancel', { path })}
          />
        ) : null}
      </div>
      <OpenChanges orderId={id} />
      <div className="columns">
        <Panel
          title={`${order.items.length} ${order.items.length === 1 ? 'line' : 'lines'}, ${money(order.total)}`}
          actions={
            <>
              <ChangeLines order={order} />
              {UNCONFIRMED.has(order.status) ? null : (
                <Action
                  name="Invoice"
                  permission="orders:read-any"
                  run={() => saveFile(() => api.call('GET /api/orders/{id}/invoice', { path }))}
                />
              )}
            </>
          }
        >
          <ul className="stack">
            {order.items.map((item) => (
              <li key={item.lineId} className="spread">
                <span>
                  {item.quantity} × {item.title} <span className="soft">{item.sku}</span>
                </span>
                <span className="number">{money(item.total)}</span>
              </li>
            ))}
          </ul>
          <p className="soft">
            Shipping {money(order.shipping)} · discount {money(order.discount)} · tax {money(order.tax)}
          </p>
        </Panel>
        <Panel title="Customer" actions={<ChangeAddress order={order} />}>
          <Customer order={order} />
          {address ? (
            <p className="soft">
              {[address.name, address.company, address.line1, address.line2].filter(Boolean).join(', ')}, {address.postalCode}{' '}
              {address.city}, {address.region ? `${address.region}, ` : ''}
              {address.country}
            </p>
          ) : null}
        </Panel>
        <Payments orderId={id} />
        <Parcels order={order} />
        <OrderReturns orderId={id} />
        <Panel title="What happened">
          <ol className="timeline">
            {timeline.map(({ to, at, actor, note }) => (
              <li key={`${to} ${at}`}>
                <p>{to.toLowerCase()}</p>
                <p className="soft small">
                  {when(at)} · {actor}
                  {note ? ` · ${note}` : ''}
                </p>
              </li>
            ))}
          </ol>
        </Panel>
        <Panel
          title="Notes"
          actions={
            <Action
              name="Add note"
              permission="orders:write"
              run={(form) => api.call('POST /api/orders/{id}/notes', { path, body: { text: String(form.get('text')) } })}
            >
              <Field label="Only staff see this" name="text" required maxLength={1000} />
            </Action>
          }
        >
          {notes.length === 0 ? <p className="soft">None.</p> : null}
          {notes.map((note) => (
            <p key={note.id}>
              {note.text} <span className="soft small">{when(note.at)}</span>
            </p>
          ))}
        </Panel>
      </div>
    </div>
  )
}

/** Guests leave an address with the order; members are asked for at their account, by who may look there. */
function Customer({ order: { email, customerId } }: { order: Answer<'GET /api/orders/{id}'> }) {
  const isKnown = customerId !== null && email === null
  const member = useQuery({
    queryKey: ['customer', customerId],
    queryFn: () => api.call('GET /api/users/{id}', { path: { id: customerId ?? '' } }),
    enabled: isKnown && may('users:read-any'),
    retry: false,
  })
  if (email) return <p>{email}</p>
  if (member.data?.email)
    return (
      <p>
        <Link to={`/customers/${customerId}`}>{member.data.fullName}</Link> {member.data.email}
      </p>
    )
  return <p className="soft">{isKnown && !member.error ? 'A member of the shop' : 'erased'}</p>
}
