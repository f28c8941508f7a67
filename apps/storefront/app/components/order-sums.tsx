import { price } from '../i18n/format.ts'
import { useSpeech } from '../i18n/later.ts'

interface Props {
  readonly currency: string
  /** all in minor units */
  readonly subtotal: number
  readonly discount: number
  readonly shipping: number
  readonly tax: number
  readonly taxIncluded: boolean
  readonly total: number
}

/** What an order comes to, the way an invoice says it. */
export function OrderSums({ currency, subtotal, discount, shipping, tax, taxIncluded, total }: Props) {
  const { language, words } = useSpeech()
  const show = (amount: number) => price({ amount, currency }, language)
  return (
    <dl className="sums">
      <dt>{words.cart.subtotal}</dt>
      <dd>{show(subtotal)}</dd>
      {discount > 0 ? (
        <>
          <dt>{words.cart.discount}</dt>
          <dd>−{show(discount)}</dd>
        </>
      ) : null}
      <dt>{words.order.shipping}</dt>
      <dd>{shipping === 0 ? words.checkout.free : show(shipping)}</dd>
      {taxIncluded || tax === 0 ? null : (
        <>
          <dt>{words.checkout.tax}</dt>
          <dd>{show(tax)}</dd>
        </>
      )}
      <dt className="total">{words.cart.total}</dt>
      <dd className="total">{show(total)}</dd>
      {taxIncluded && tax > 0 ? (
        <>
          <dt className="soft small">{words.checkout.taxIncluded}</dt>
          <dd className="soft small">{show(tax)}</dd>
        </>
      ) : null}
    </dl>
  )
}
