import Type, { type Static } from 'typebox'
import type { PricedLine } from '#contracts/rpc/products.ts'
import { Quantity, Sku, type StockLine, Uuid } from '#contracts/values.ts'
import { closed } from '#kit/messaging/event.ts'
import { summed } from './basket.ts'
import { editErrors } from './edit-errors.ts'

/** A row of order_items. */
export interface ItemRow {
  readonly line_no: number
  readonly line_id: string
  readonly sku: string
  readonly product_id: string
  readonly variant_id: string
  readonly title: string
  readonly quantity: number
  readonly unit_price: number
  readonly subtotal: number
  readonly discount: number
  readonly tax_rate_bp: number
  readonly tax: number
  readonly total: number
}

/** A line of the order gets another quantity (0: it goes), or goods are added. */
export const LineChange = Type.Union([
  closed({ lineId: Uuid, quantity: Type.Integer({ minimum: 0, maximum: 1_000_000 }) }),
  closed({ sku: Sku, quantity: Quantity }),
])
export type LineChange = Static<typeof LineChange>

/** A line as it is to be; `item`: it was there before, at this price. */
export interface WantedLine {
  readonly item: ItemRow | undefined
  readonly sku: string
  readonly quantity: number
}

/** The lines of an order after the changes. Pure. Throws editErrors.unknownEditLine, .lineTwice, .nothingChanged. */
export function linesAfter(items: readonly ItemRow[], changes: readonly LineChange[]): WantedLine[] {
  const quantities = new Map<string, number>()
  const added: WantedLine[] = []
  for (const [index, change] of changes.entries()) {
    const refuse = (name: 'unknownEditLine' | 'lineTwice', message: string) =>
      editErrors[name]({}, { fields: [{ pointer: `/lines/${index}`, message }] })
    if ('lineId' in change) {
      if (!items.some(({ line_id }) => line_id === change.lineId)) throw refuse('unknownEditLine', 'is not a line of this order')
      if (quantities.has(change.lineId)) throw refuse('lineTwice', 'was named before')
      quantities.set(change.lineId, change.quantity)
    } else {
      const there = items.some(({ sku }) => sku === change.sku) || added.some(({ sku }) => sku === change.sku)
      if (there) throw refuse('lineTwice', 'is in the order already')
      added.push({ item: undefined, sku: change.sku, quantity: change.quantity })
    }
  }
  const kept = items.map((item) => ({ item, sku: item.sku, quantity: quantities.get(item.line_id) ?? item.quantity }))
  const changed = added.length > 0 || kept.some(({ item, quantity }) => quantity !== item.quantity)
  if (!changed) throw editErrors.nothingChanged()
  return [...kept.filter(({ quantity }) => quantity > 0), ...added]
}

/** Goods before, at most in between, and afterwards: by SKU. */
export function stockOf(items: readonly ItemRow[], wanted: readonly WantedLine[]) {
  const before = summed(items.map(({ sku, quantity }) => ({ sku, quantity })))
  const after = summed(wanted.map(({ sku, quantity }) => ({ sku, quantity })))
  const of = (lines: readonly StockLine[], sku: string) => lines.find((line) => line.sku === sku)?.quantity ?? 0
  const skus = [...new Set([...before, ...after].map(({ sku }) => sku))]
  const most = skus.map((sku) => ({ sku, quantity: Math.max(of(before, sku), of(after, sku)) }))
  return { before, most, after }
}

/** In words, for the timeline. */
export function describeEdit(items: readonly ItemRow[], wanted: readonly WantedLine[], reason: string | undefined): string {
  const gone = items.filter((item) => !wanted.some((line) => line.item === item)).map(({ sku }) => `${sku} taken out`)
  const other = wanted.flatMap(({ item, sku, quantity }) => {
    if (!item) return [`${quantity} × ${sku} added`]
    return item.quantity === quantity ? [] : [`${sku}: ${item.quantity} → ${quantity}`]
  })
  return `${[...other, ...gone].join(', ')}${reason === undefined ? '' : ` (${reason})`}`.slice(0, 2000)
}

/** What a kept line is worth: the price and tax of the day it was bought, whatever they are now. */
export function pricedAsBought(item: ItemRow, now: PricedLine | undefined): PricedLine {
  return {
    ...(now ?? {
      imageUrl: null,
      listPrice: item.unit_price,
      taxClass: '',
      weightGrams: 0,
      requiresShipping: true,
      categoryIds: [],
      giftCard: false,
    }),
    sku: item.sku,
    productId: item.product_id,
    variantId: item.variant_id,
    title: item.title,
    variantTitle: '',
    unitPrice: item.unit_price,
    taxRateBasisPoints: item.tax_rate_bp,
  }
}
