import { Field } from '../../../storefront/app/components/field.tsx'
import type { Draft, Quote } from '../pages/draft.tsx'
import { api, may } from '../session.ts'
import { Action } from './action.tsx'
import { money } from './show.tsx'

const PERMISSION = 'orders:draft'

/** The ways a draft becomes an order. Whatever was told on the telephone holds: another total than the one shown is refused. */
export function PlaceDraft({ draft, quote }: { draft: Draft; quote: Quote }) {
  const total = { amount: quote.total, currency: quote.currency }
  const place = (more: { paymentMethodId?: string; payWithinHours?: number }) =>
    api.call('POST /api/orders/drafts/{id}/place', { path: { id: draft.id }, body: { expectedTotal: total, ...more } })
  return (
    <div className="row">
      <Action
        name="Place and send the link to pay"
        permission={PERMISSION}
        quiet={false}
        confirm={`${money(total)}. Stock is held from now on; without money in time the order is cancelled and the stock goes back on sale.`}
        run={(form) => place({ payWithinHours: Number(form.get('hours')) })}
      >
        <Field label="Hours to pay in" name="hours" type="number" required min={1} max={168} defaultValue={48} />
      </Action>
      <Action
        name="Place on invoice"
        permission={PERMISSION}
        confirm={`${money(total)}, to be paid later. The goods are sent, and staff note when the money has come.`}
        run={() => place({ paymentMethodId: 'invoice' })}
      />
      {may('payments:capture') ? (
        <Action
          name="Place and mark paid"
          permission={PERMISSION}
          confirm={`${money(total)} have come already: in cash, or to the bank account of the shop.`}
          run={async () => {
            const order = await place({ paymentMethodId: 'invoice' })
            await api.call('POST /api/payments/capture', { body: { orderId: order.id } })
          }}
        />
      ) : null}
    </div>
  )
}
