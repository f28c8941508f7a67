import { useSpeech } from '../i18n/later.ts'

/** Ways to pay of the simulated company; a real one brings its own form. */
const DEMO_METHODS = ['tok_approve', 'tok_challenge', 'tok_async', 'tok_decline'] as const

interface Props {
  /** those the shopper has saved */
  readonly methods: readonly { readonly id: string; readonly label: string }[]
  /** simulated payments are there to try things out */
  readonly demo: boolean
  readonly chosen?: string
}

/** How a shopper pays: one of the ways, in a form. */
export function PayWays({ methods, demo, chosen }: Props) {
  const { words } = useSpeech()
  const ways = [...methods, ...(demo ? DEMO_METHODS.map((id) => ({ id, label: words.checkout.methods[id] ?? id })) : [])]
  return ways.map(({ id, label }, index) => (
    <label key={id} className="choice">
      <input type="radio" name="paymentMethodId" value={id} required defaultChecked={chosen ? chosen === id : index === 0} />
      <span>{label}</span>
    </label>
  ))
}
