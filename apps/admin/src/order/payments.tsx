import { Field } from '../../../storefront/app/components/field.tsx'
import type { Money } from '../../../storefront/app/i18n/format.ts'
import { Action } from '../parts/action.tsx'
import { Part } from '../parts/part.tsx'
import { money, State, typedAmount, unitsOf } from '../parts/show.tsx'
import { api } from '../session.ts'
import { REFRESH_MS } from './refresh.ts'

/** What was paid for an order and its changes, and given back: for those who may see payments. */
export function Payments({ orderId }: { orderId: string }) {
  return (
    <Part
      title="Payments"
      permission="payments:read-any"
      name={['order', orderId, 'payments']}
      every={REFRESH_MS}
      load={() => paymentsOf(orderId)}
    >
      {(items) => (
        <>
          {items.length === 0 ? <p className="soft">Nothing was paid.</p> : null}
          {items.map((payment) => {
            const left = payment.captured.amount - payment.refunded.amount
            return (
              <div key={payment.id} className="stack">
                <p className="spread">
                  <State of={payment.state} /> {payment.method} at {payment.gateway}
                  {payment.orderId === orderId ? ' ' : ', for a change '}
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
                      confirm="Takes it from the customer. What is left out is let go, and cannot be taken later."
                      run={(form) =>
                        api.call('POST /api/payments/capture', {
                          body: { paymentId: payment.id, amount: amountOf(form, payment.amount.currency) },
                        })
                      }
                    >
                      <AmountField amount={payment.amount} />
                    </Action>
                  ) : null}
                  {left > 0 ? (
                    <Action
                      name="Refund"
                      permission="payments:refund"
                      run={async (form) => {
                        const amount = amountOf(form, payment.amount.currency)
                        const reason = String(form.get('reason'))
                        await api.call('POST /api/payments/refund', { body: { paymentId: payment.id, reason, amount } })
                      }}
                    >
                      <AmountField amount={{ ...payment.amount, amount: left }} />
                      <Field label="Reason" name="reason" required maxLength={200} />
                    </Action>
                  ) : null}
                </div>
              </div>
            )
          })}
        </>
      )}
    </Part>
  )
}

const AmountField = ({ amount: { amount, currency } }: { amount: Money }) => (
  <Field
    label={`Amount in ${currency}`}
    name="amount"
    required
    inputMode="decimal"
    defaultValue={typedAmount(amount, currency)}
  />
)

/** Throws a RangeError: what is no amount must not become all of it. */
function amountOf(form: FormData, currency: string): Money {
  const amount = unitsOf(String(form.get('amount')), currency)
  if (!amount) throw new RangeError(`That is no amount in ${currency}.`)
  return { amount, currency }
}

/** A change that cost more was paid by itself, under its own id. */
async function paymentsOf(orderId: string) {
  const { items: changes } = await api.call('GET /api/orders/{id}/edits', { path: { id: orderId }, query: { limit: 100 } })
  const dearer = changes.filter(({ difference }) => difference.amount > 0).map(({ id }) => id)
  const lists = await Promise.all([orderId, ...dearer].map((id) => api.call('GET /api/payments', { query: { orderId: id } })))
  return lists.flatMap(({ items }) => items)
}
