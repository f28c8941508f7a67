import type { Static } from 'typebox'
import type { ordersRpc } from '#contracts/rpc/orders.ts'
import type { PricedLine } from '#contracts/rpc/products.ts'
import { toJsonAmount } from '#kit/core/money.ts'
import type { OrdersDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { totalsOf } from '../quote.ts'

type Input = Static<typeof ordersRpc.methods.quote.input>
type Output = Static<typeof ordersRpc.methods.quote.output>

/** What a basket would cost, promotions and tax included; nothing is taken or counted. Shipping only where an option was chosen. */
export async function quoteBasket(deps: OrdersDeps, input: Input): Promise<Output> {
  const customerGroups = input.userId === null ? [] : (await deps.users.customerGroups({ userId: input.userId })).groups
  const { channel, locale, country, lines } = input
  const priced = await deps.products.price({ channel, lines, customerGroups, ...(locale ? { locale } : {}), ...(country ? { country } : {}) })
  if (priced.refused.length > 0) throw errors.notOnSale({ refused: priced.refused })
  const found = lines.map(({ sku, quantity }) => ({ priced: priced.lines.find((line) => line.sku === sku) as PricedLine, quantity }))
  const totals = totalsOf({ currency: priced.currency, pricesIncludeTax: priced.pricesIncludeTax, lines: found, discounts: found.map(() => 0n), shipping: 0n })
  return {
    currency: totals.currency,
    lines: totals.lines.map((line) => ({
      sku: line.priced.sku,
      quantity: line.quantity,
      title: line.priced.title,
      unitPrice: line.priced.unitPrice,
      subtotal: toJsonAmount(line.subtotal),
      discount: toJsonAmount(line.discount),
      tax: toJsonAmount(line.tax),
      total: toJsonAmount(line.total),
    })),
    subtotal: toJsonAmount(totals.subtotal),
    discount: toJsonAmount(totals.discount),
    shipping: toJsonAmount(totals.shipping),
    tax: toJsonAmount(totals.tax),
    taxIncluded: totals.taxIncluded,
    total: toJsonAmount(totals.total),
    coupons: [],
  }
}
