import type { PricedLine } from '#contracts/rpc/products.ts'
import { allocate, divideRounded, money } from '#kit/core/money.ts'

/**
 * What a basket costs. Pure integer arithmetic in minor units; every split uses largest remainder, so lines always sum to totals.
 */
export interface QuoteInput {
  readonly currency: string
  readonly pricesIncludeTax: boolean
  readonly lines: readonly { readonly priced: PricedLine; readonly quantity: number }[]
  /** discount per line in minor units, as the promotions decided; same length as `lines` */
  readonly discounts: readonly bigint[]
  readonly shipping: bigint
}

export interface QuotedLine {
  readonly priced: PricedLine
  readonly quantity: number
  readonly subtotal: bigint
  readonly discount: bigint
  readonly taxRateBasisPoints: number
  readonly tax: bigint
  /** subtotal − discount, and the tax where prices do not include it */
  readonly total: bigint
}

export interface QuoteTotals {
  readonly currency: string
  readonly taxIncluded: boolean
  readonly lines: readonly QuotedLine[]
  readonly subtotal: bigint
  readonly discount: bigint
  readonly shipping: bigint
  readonly tax: bigint
  readonly total: bigint
}

/** Tax of an amount: contained in it (`included`), or to be added. Rounded half up, once per line. */
export function taxOf(amount: bigint, basisPoints: number, included: boolean): bigint {
  const rate = BigInt(basisPoints)
  return included ? divideRounded(amount * rate, 10_000n + rate) : divideRounded(amount * rate, 10_000n)
}

/** Shipping is taxed in proportion to the goods it carries (art. 78 of the EU VAT directive: it follows the main supply). */
function shippingTax(
  shipping: bigint,
  lines: readonly { net: bigint; basisPoints: number }[],
  currency: string,
  included: boolean,
): bigint {
  if (shipping === 0n || lines.length === 0) return 0n
  const shares = allocate(
    money(shipping, currency),
    lines.map((line) => line.net),
  )
  return shares.reduce((tax, share, index) => tax + taxOf(share.amount, lines[index]!.basisPoints, included), 0n)
}

export function totalsOf(input: QuoteInput): QuoteTotals {
  const included = input.pricesIncludeTax
  const lines = input.lines.map(({ priced, quantity }, index): QuotedLine => {
    const subtotal = BigInt(priced.unitPrice) * BigInt(quantity)
    const discount = input.discounts[index] ?? 0n
    if (discount < 0n || discount > subtotal)
      throw new RangeError(`discount ${discount} does not fit line ${priced.sku} of ${subtotal}`)
    const net = subtotal - discount
    const tax = taxOf(net, priced.taxRateBasisPoints, included)
    return {
      priced,
      quantity,
      subtotal,
      discount,
      taxRateBasisPoints: priced.taxRateBasisPoints,
      tax,
      total: included ? net : net + tax,
    }
  })
  const sum = (of: (line: QuotedLine) => bigint) => lines.reduce((total, line) => total + of(line), 0n)
  const subtotal = sum((line) => line.subtotal)
  const discount = sum((line) => line.discount)
  const goods = lines.map((line) => ({ net: line.subtotal - line.discount, basisPoints: line.taxRateBasisPoints }))
  const tax = sum((line) => line.tax) + shippingTax(input.shipping, goods, input.currency, included)
  const total = subtotal - discount + input.shipping + (included ? 0n : tax)
  return { currency: input.currency, taxIncluded: included, lines, subtotal, discount, shipping: input.shipping, tax, total }
}
