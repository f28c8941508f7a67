import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from 'react-router'
import type { Answer } from '../../../../packages/client/src/client.ts'
import { Field } from '../../../storefront/app/components/field.tsx'
import { Action } from '../parts/action.tsx'
import { money, Panel, State, typedAmount, unitsOf, when } from '../parts/show.tsx'
import { Trouble } from '../parts/trouble.tsx'
import { api, may } from '../session.ts'

const LEFT = new Set(['planned', 'labelled'])
const ON_ITS_WAY = new Set(['dispatched', 'in-transit', 'out-for-delivery'])

export function OrderPage() {
  const { id = '' } = useParams()
  const path = { id }
  const { data, error, refetch } = useQuery({
    queryKey: ['order', id],
    queryFn: async () => {
      const [order, timeline, payments, shipments, notes] = await Promise.all([
        api.call('GET /api/orders/{id}', { path }),
        api.call('GET /api/orders/{id}/timeline', { path }),
        api.call('GET /api/payments', { query: { orderId: id } }),
        api.call('GET /api/delivery/shipments', { query: { orderId: id } }),
        api.call('GET /api/orders/{id}/notes', { path }),
      ])
      return { order, timeline: timeline.items, payments: payments.items, shipments: shipments.items, notes: notes.items }
    },
    refetchInterval: 15_000,
  })
  if (error) return <Trouble error={error} again={() => void refetch()} />
  if (!data) return <p className="soft">Loading …</p>
  const { order, timeline, payments, shipments, notes } = data
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
        {order.status === 'PENDING' || order.status === 'CONFIRMED' ? (
          <Action
            name="Cancel order"
            permission="orders:write"
            confirm="Stock goes back, money that was taken is refunded, the parcel is stopped and the customer is told. This cannot be undone."
            run={() => api.call('PUT /api/orders/{id}/cancel', { path })}
          />
        ) : null}
      </div>
      <div className="columns">
        <Panel title={`${order.items.length} ${order.items.length === 1 ? 'line' : 'lines'}, ${money(order.total)}`}>
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
        <Panel title="Customer">
          <Customer order={order} />
          {address ? (
            <p className="soft">
              {address.name}, {address.line1}, {address.postalCode} {address.city}, {address.country}
            </p>
          ) : null}
        </Panel>
        <Panel title="Payments">
          {payments.length === 0 ? <p className="soft">Nothing was paid.</p> : null}
          {payments.map((payment) => {
            const left = payment.captured.amount - payment.refunded.amount
            return (
              <div key={payment.id} className="stack">
                <p className="spread">
                  <State of={payment.state} /> {payment.method} at {payment.gateway}{' '}
                  <strong className="number">{money(payment.amount)}</strong>
                </p>
                <p className="soft small">
                  captured {money(payment.captured)}, refunded {money(payment.refunded)}
                  {payment.reason ? ` · ${payment.reason}` : ''}
                </p>
                <div className="row">
                  {payment.state === 'authorized' ? (
                    <Action
                      name="Capture"
                      permission="payments:capture"
                      confirm={`Take ${money(payment.amount)} from the customer.`}
                      run={() => api.call('POST /api/payments/capture', { body: { paymentId: payment.id } })}
                    />
                  ) : null}
                  {left > 0 ? (
                    <Action
                      name="Refund"
                      permission="payments:refund"
                      run={async (form) => {
                        const { currency } = payment.amount
                        // what is no amount must not become all of it
                        const amount = unitsOf(String(form.get('amount')), currency)
                        if (amount === undefined) throw new RangeError(`That is no amount in ${currency}.`)
                        const reason = String(form.get('reason'))
                        await api.call('POST /api/payments/refund', {
                          body: { paymentId: payment.id, reason, amount: { amount, currency } },
                        })
                      }}
                    >
                      <Field
                        label={`Amount in ${payment.amount.currency}`}
                        name="amount"
                        required
                        inputMode="decimal"
                        defaultValue={typedAmount(left, payment.amount.currency)}
                      />
                      <Field label="Reason" name="reason" required maxLength={200} />
                    </Action>
                  ) : null}
                </div>
              </div>
            )
          })}
        </Panel>
        <Panel title="Parcels">
          {shipments.length === 0 ? <p className="soft">No parcel yet.</p> : null}
          {shipments.map((shipment) => (
            <div key={shipment.id} className="stack">
              <p className="spread">
                <State of={shipment.state} /> {shipment.carrier}{' '}
                <span className="number">{shipment.trackingNumber ?? 'no number yet'}</span>
              </p>
              <div className="row">
                {LEFT.has(shipment.state) ? (
                  <Action
                    name="Hand over to carrier"
                    permission="delivery:write"
                    confirm="The customer gets a mail with the tracking number."
                    run={() => api.call('POST /api/delivery/shipments/{id}/dispatch', { path: { id: shipment.id }, body: {} })}
                  />
                ) : null}
                {ON_ITS_WAY.has(shipment.state) ? (
                  <Action
                    name="Mark delivered"
                    permission="delivery:write"
                    confirm="Only when the carrier did not tell us."
                    run={() => api.call('POST /api/delivery/shipments/{id}/deliver', { path: { id: shipment.id } })}
                  />
                ) : null}
              </div>
            </div>
          ))}
        </Panel>
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
        {member.data.fullName} <Link to={`/orders?customer=${customerId}`}>{member.data.email}</Link>
      </p>
    )
  return <p className="soft">{isKnown && !member.error ? 'A member of the shop' : 'erased'}</p>
}
