import { useQuery } from '@tanstack/react-query'
import { Field } from '../../../storefront/app/components/field.tsx'
import type { Draft, Quote } from '../pages/draft.tsx'
import { api } from '../session.ts'
import { Action } from './action.tsx'
import { PlaceDraft } from './place-draft.tsx'
import { Select } from './select.tsx'
import { amountIn, money, Panel } from './show.tsx'
import { Trouble } from './trouble.tsx'

const PERMISSION = 'orders:draft'
const KINDS = ['percent', 'amount'] as const

interface Props {
  readonly draft: Draft
  readonly quote: Quote | undefined
  readonly error: unknown
  /** of the draft's channel; undefined until it is known */
  readonly currency: string | undefined
}

/** What staff decided about prices and shipping, what it comes to, and the ways to place it. */
export function DraftCosts({ draft, quote, error, currency }: Props) {
  const { id, discount } = draft
  const change = (body: Parameters<typeof patch>[1]) => patch(id, body)
  return (
    <Panel
      title="Costs"
      actions={
        <>
          {currency ? (
            <Action name="Discount" permission={PERMISSION} run={(form) => change({ discount: discountIn(form, currency) })}>
              <Select label="In" name="kind" options={KINDS} />
              <Field label="How much" name="size" required inputMode="decimal" />
              <Field
                label="Why"
                name="reason"
                required
                minLength={3}
                maxLength={300}
                hint="Stands in the timeline of the order."
              />
            </Action>
          ) : null}
          {discount ? <Action name="No discount" permission={PERMISSION} run={() => change({ discount: null })} /> : null}
          <ChooseShipping draft={draft} quote={quote} />
        </>
      }
    >
      {error ? <Trouble error={error} /> : null}
      {quote && currency ? (
        <dl className="sums">
          <dt>Goods</dt>
          <dd>{money({ amount: quote.subtotal, currency })}</dd>
          {quote.discount > 0 ? (
            <>
              <dt>Discount{discount ? `: ${discount.reason}` : ''}</dt>
              <dd>−{money({ amount: quote.discount, currency })}</dd>
            </>
          ) : null}
          <dt>Shipping</dt>
          <dd>{quote.shipping === null ? 'once there is an address' : money({ amount: quote.shipping, currency })}</dd>
          <dt>Tax{quote.taxIncluded ? ', included' : ''}</dt>
          <dd>{money({ amount: quote.tax, currency })}</dd>
          <dt className="total">Total</dt>
          <dd className="total">{money({ amount: quote.total, currency })}</dd>
        </dl>
      ) : error ? null : (
        <p className="soft">Nothing to pay yet.</p>
      )}
      {quote && quote.lines.length > 0 ? <PlaceDraft draft={draft} quote={quote} /> : null}
    </Panel>
  )
}

/** Per cent like `7.5`, or an amount of the currency. Throws a RangeError for what is neither. */
function discountIn(form: FormData, currency: string): Draft['discount'] {
  const reason = String(form.get('reason')).trim()
  const percent = form.get('kind') === 'percent'
  const size = percent
    ? Math.round(Number(String(form.get('size')).replace(',', '.')) * 100)
    : (amountIn(form.get('size'), currency) ?? 0)
  if (!(size > 0)) throw new RangeError('Say how much, in numbers.')
  return percent ? { kind: 'percent', basisPoints: size, reason } : { kind: 'fixed', amount: { amount: size, currency }, reason }
}

const patch = (id: string, body: { discount?: Draft['discount']; shippingOptionId?: string | null }) =>
  api.call('PATCH /api/orders/drafts/{id}', { path: { id }, body })

function ChooseShipping({ draft, quote }: { draft: Draft; quote: Quote | undefined }) {
  const country = draft.shippingAddress?.country
  const { data } = useQuery({
    queryKey: ['draft shipping', country, quote?.currency, quote?.subtotal],
    queryFn: () =>
      api.call('GET /api/delivery/options', {
        query: { country: country ?? '', currency: quote?.currency ?? '', subtotal: quote?.subtotal },
      }),
    enabled: country !== undefined && quote !== undefined,
  })
  if (!data || data.options.length === 0) return null
  const nameOf = (id: string) => {
    const option = data.options.find((one) => one.id === id)
    return option ? `${option.name}, ${money(option.price)}` : 'The cheapest'
  }
  return (
    <Action
      name="Shipping"
      permission={PERMISSION}
      run={(form) => patch(draft.id, { shippingOptionId: String(form.get('option')) || null })}
    >
      <Select
        label="How it is sent"
        name="option"
        options={['', ...data.options.map(({ id }) => id)]}
        show={nameOf}
        initial={draft.shippingOptionId ?? ''}
      />
    </Action>
  )
}
