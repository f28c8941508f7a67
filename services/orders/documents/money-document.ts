import { allocate, money } from '#kit/core/money.ts'
import { taxOf } from '../quote.ts'

/** An invoice or a credit note, worked out: what the drawing needs and nothing else. Amounts are minor units. */
export interface MoneyDocument {
  readonly kind: 'invoice' | 'credit-note'
  readonly number: string
  readonly issuedAt: Date
  readonly orderNumber: string
  readonly orderedAt: Date
  /** of a credit note: the invoice it belongs to */
  readonly invoiceNumber: string | null
  readonly language: 'en' | 'de'
  readonly currency: string
  readonly seller: { readonly name: string; readonly address: readonly string[]; readonly taxId: string }
  readonly billTo: readonly string[]
  /** null where it is the same as billTo */
  readonly shipTo: readonly string[] | null
  readonly lines: readonly DocumentLine[]
  readonly taxIncluded: boolean
  readonly subtotal: bigint
  readonly discounts: readonly { readonly label: string; readonly amount: bigint }[]
  readonly shipping: bigint
  /** kept from a refund */
  readonly fee: bigint
  readonly taxes: readonly TaxLine[]
  readonly total: bigint
  readonly payments: readonly { readonly by: PaymentWay; readonly amount: bigint }[]
  /** the last words: what the amount means for the customer */
  readonly closing: 'paid' | 'open' | 'credited' | 'exchanged' | 'cancelled'
}

export type PaymentWay =
  | 'gift-card'
  | 'exchange'
  | 'card'
  | 'upi'
  | 'net-banking'
  | 'wallet'
  | 'cash-on-delivery'
  | 'invoice'
  | 'other'

export interface DocumentLine {
  readonly sku: string
  readonly title: string
  readonly quantity: number
  readonly unitPrice: bigint
  readonly taxBasisPoints: number
  readonly total: bigint
}

export interface TaxLine {
  readonly basisPoints: number
  readonly net: bigint
  readonly tax: bigint
}

export interface TaxedAmount {
  readonly basisPoints: number
  /** as the order shows it: with tax where prices include it, else without */
  readonly amount: bigint
  readonly tax: bigint
}

/**
 * Net and tax by rate, highest rate first. Shipping carries the rates of the goods in proportion (as totals are worked out);
 * `tax` is the tax of everything, where it is known: what rounding leaves over goes to the largest group, so the parts sum to it exactly.
 */
export function taxesByRate(
  lines: readonly TaxedAmount[],
  shipping: bigint,
  tax: bigint | null,
  included: boolean,
  currency: string,
): TaxLine[] {
  const weights = lines.map(({ amount }) => amount)
  const shares = lines.length === 0 ? [] : allocate(money(shipping, currency), weights).map(({ amount }) => amount)
  const groups = new Map<number, { net: bigint; tax: bigint }>()
  for (const [index, line] of lines.entries()) {
    const share = shares[index] ?? 0n
    const shareTax = taxOf(share, line.basisPoints, included)
    const group = groups.get(line.basisPoints) ?? { net: 0n, tax: 0n }
    group.tax += line.tax + shareTax
    group.net += line.amount + share - (included ? line.tax + shareTax : 0n)
    groups.set(line.basisPoints, group)
  }
  const sorted = [...groups]
    .map(([basisPoints, group]) => ({ basisPoints, ...group }))
    .sort((a, b) => b.basisPoints - a.basisPoints)
  const difference = tax === null ? 0n : tax - sorted.reduce((sum, group) => sum + group.tax, 0n)
  const largest = sorted.reduce<TaxLine | undefined>((best, group) => (best && best.net >= group.net ? best : group), undefined)
  return sorted.map((group) =>
    group === largest ? { ...group, tax: group.tax + difference, net: group.net - (included ? difference : 0n) } : group,
  )
}
