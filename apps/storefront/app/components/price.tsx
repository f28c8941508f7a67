import { type Money, price } from '../i18n/format.ts'
import { useSpeech } from '../i18n/language.ts'

interface Props {
  readonly now: Money
  readonly before?: Money | null | undefined
  /** several variants with several prices: this is the lowest */
  readonly varies?: boolean
}

export function Price({ now, before, varies }: Props) {
  const { language, words } = useSpeech()
  const cut = before !== undefined && before !== null && before.amount > now.amount
  return (
    <span className="price-now">
      {varies ? `${words.product.from} ` : ''}
      <span className={cut ? 'price-cut' : undefined}>{price(now, language)}</span>
      {cut ? (
        <>
          {' '}
          <span className="hidden">{words.product.instead}</span>
          <s className="price-before">{price(before, language)}</s>
        </>
      ) : null}
    </span>
  )
}
