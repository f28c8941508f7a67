import { OrderCreated } from '#contracts/events/orders.ts'
import { checkout } from '#contracts/processes/checkout.ts'
import type { RefundPart } from '#contracts/processes/return.ts'
import type { OrderLineFact } from '#contracts/values.ts'
import { newOrderNumber, uuidFrom, uuidv7 } from '#kit/core/ids.ts'
import { toJsonAmount } from '#kit/core/money.ts'
import type { Tx } from '#kit/db/db.ts'
import { summed } from '../basket.ts'
import type { OrdersDeps } from '../deps.ts'
import type { OrderFacts } from '../order.ts'
import type { OrderView } from '../order-view.ts'
import type { StoredPlacement } from '../place-store.ts'
import { getOrder } from '../queries/get-order.ts'
import { readPlaced } from '../queries/placed-order.ts'
import { type QuoteTotals, totalsOf } from '../quote.ts'
import { takeFrom } from '../return.ts'
import { returnErrors } from '../return-errors.ts'
import { lockReturn, readReturn, type RefundRow, refundParts, refundsOf, type ReturnRow } from '../return-store.ts'

type Placed = { outcome: 'placed'; refunds: RefundPart[] } | { outcome: 'impossible'; reason: string }

/**
 * Places the order that replaces returned goods, at the prices of the day the exchange was asked for, and runs its checkout as far
 * as it gets. It is paid with what the goods had cost; if it costs more it waits for the customer's payment, if less the rest is a
 * refund. Placed once, however often it is called.
 */
export async function placeReplacement(deps: OrdersDeps, { returnId }: { returnId: string }): Promise<Placed> {
  const row = await readReturn(deps.kit.db.sql, returnId)
  if (!row?.replacement_order_id) throw returnErrors.returnNotFound({ returnId })
  if (!(await readPlaced(deps.kit.db.sql, row.replacement_order_id))) {
    const original = (await getOrder(deps.kit.db.sql, row.order_id))!
    const totals = await priceReplacement(deps, row, original)
    if (!totals) return { outcome: 'impossible', reason: 'not on sale any more' }
    const credit = await deps.kit.db.tx((tx) => spendCredit(tx, row, totals.total))
    await store(deps, row, original, totals, credit)
  }
  await deps.kit.processes.advance(checkout, row.replacement_order_id)
  return { outcome: 'placed', refunds: refundParts(await refundsOf(deps.kit.db.sql, returnId), row.currency) }
}

export async function replacementState(
  deps: OrdersDeps,
  { returnId }: { returnId: string },
): Promise<{ outcome: 'waiting' | 'shipped' | 'cancelled' }> {
  const row = await readReturn(deps.kit.db.sql, returnId)
  const order = row?.replacement_order_id ? await readPlaced(deps.kit.db.sql, row.replacement_order_id) : undefined
  if (!order || order.status === 'PENDING' || order.status === 'CONFIRMED') return { outcome: 'waiting' }
  return { outcome: order.status === 'CANCELLED' ? 'cancelled' : 'shipped' }
}

/** No replacement: what was set aside for it goes back. The answer is the same at every repetition. */
export async function releaseCredit(deps: OrdersDeps, { returnId }: { returnId: string }): Promise<{ refunds: RefundPart[] }> {
  return await deps.kit.db.tx(async (tx) => {
    const row = await lockReturn(tx, returnId)
    if (!row) throw returnErrors.returnNotFound({ returnId })
    await tx`update return_refunds f set use = 'refund', released = true where f.return_id = ${returnId} and f.use = 'credit'`
    await tx`update order_funds f set returned = f.amount where f.order_id = ${row.replacement_order_id} and f.place between 1 and 999`
    const released = (await refundsOf(tx, returnId)).filter((part) => part.released)
    return { refunds: refundParts(released, row.currency) }
  })
}

/** undefined: the wanted goods cannot be bought any more. */
async function priceReplacement(deps: OrdersDeps, row: ReturnRow, original: OrderView): Promise<QuoteTotals | undefined> {
  const came = row.lines.filter((line) => line.received && line.wanted_sku !== null)
  const wanted = summed(came.map((line) => ({ sku: line.wanted_sku!, quantity: line.received! })))
  const promised = new Map(came.map((line) => [line.wanted_sku, line.wanted_price!]))
  const { currency, pricesIncludeTax, lines, refused } = await deps.products.price({
    channel: row.channel,
    locale: original.locale,
    lines: wanted,
    ...(original.shippingAddress ? { country: original.shippingAddress.country } : {}),
  })
  if (refused.length > 0 || currency !== row.currency) return undefined
  return totalsOf({
    currency,
    pricesIncludeTax,
    lines: wanted.map(({ sku, quantity }) => ({
      priced: { ...lines.find((line) => line.sku === sku)!, unitPrice: promised.get(sku)! },
      quantity,
    })),
    discounts: wanted.map(() => 0n),
    shipping: 0n,
  })
}

/** Pays up to `total` with what was set aside, once, and turns the rest into a refund. Returns what was paid. */
async function spendCredit(tx: Tx, { id: returnId, replacement_order_id: orderId }: ReturnRow, total: bigint): Promise<bigint> {
  await lockReturn(tx, returnId)
  const [before] = await tx<
    { paid: bigint | null }[]
  >`select sum(f.amount)::bigint as paid from order_funds f where f.order_id = ${orderId} and f.place between 1 and 999`
  if (before?.paid != null) return before.paid
  const parts = (await refundsOf(tx, returnId)).filter(({ use }) => use === 'credit')
  const available = parts.reduce((sum, { amount }) => sum + amount, 0n)
  const used = available < total ? available : total
  const spent = takeFrom(
    parts.map((part) => ({ ...part, left: part.amount })),
    used,
  )
  for (const part of parts)
    await splitPart(
      tx,
      returnId,
      part,
      spent.find(({ kind, reference }) => kind === part.kind && reference === part.reference)?.amount ?? 0n,
    )
  await tx`
    insert into order_funds (order_id, place, kind, reference, amount)
    select ${orderId}, p.n, p.kind, p.reference, p.amount
    from jsonb_to_recordset(${JSON.stringify(spent.map((part, index) => ({ ...part, n: index + 1, amount: toJsonAmount(part.amount) })))}::text::jsonb)
      as p(n smallint, kind text, reference uuid, amount bigint)`
  return used
}

async function splitPart(tx: Tx, returnId: string, part: RefundRow, spent: bigint): Promise<void> {
  if (spent === part.amount) return
  if (spent === 0n) {
    await tx`update return_refunds f set use = 'refund' where f.id = ${part.id}`
    return
  }
  await tx`update return_refunds f set amount = ${spent} where f.id = ${part.id}`
  await tx`
    insert into return_refunds (id, return_id, place, kind, reference, amount, use)
    values (${uuidFrom(`difference of exchange ${part.id}`)}, ${returnId}, ${100 + part.place}, ${part.kind}, ${part.reference}, ${part.amount - spent}, 'refund')`
}

async function store(deps: OrdersDeps, row: ReturnRow, original: OrderView, totals: QuoteTotals, credit: bigint): Promise<void> {
  const orderId = row.replacement_order_id!
  const placedAt = new Date()
  const { currency } = totals
  const facts: OrderFacts = {
    orderId,
    number: newOrderNumber(),
    channel: row.channel,
    customerId: original.customerId,
    locale: original.locale,
    imported: false,
  }
  const items = totals.lines.map((line, index) => ({
    line_no: index + 1,
    line_id: uuidv7(),
    sku: line.priced.sku,
    product_id: line.priced.productId,
    variant_id: line.priced.variantId,
    title: line.priced.variantTitle ? `${line.priced.title} – ${line.priced.variantTitle}` : line.priced.title,
    quantity: line.quantity,
    unit_price: line.priced.unitPrice,
    subtotal: toJsonAmount(line.subtotal),
    discount: 0,
    tax_rate_bp: line.taxRateBasisPoints,
    tax: toJsonAmount(line.tax),
    total: toJsonAmount(line.total),
  }))
  const lines = items.map(
    (item): OrderLineFact => ({
      lineId: item.line_id,
      sku: item.sku,
      productId: item.product_id,
      variantId: item.variant_id,
      quantity: item.quantity,
      total: { amount: item.total, currency },
    }),
  )
  const total = { amount: toJsonAmount(totals.total), currency }
  const flow = deps.kit.processes.prepare(checkout, orderId, {
    orderId,
    channel: row.channel,
    customerId: original.customerId,
    cartId: null,
    lines: items.map(({ sku, quantity }) => ({ sku, quantity })),
    amount: { amount: toJsonAmount(totals.total - credit), currency },
    paymentMethodId: null,
    capture: true,
    shippingOptionId: original.shippingOptionId,
    importedAt: null,
    holdSeconds: deps.kit.settings.exchangePayWithinDays * 86_400,
  })
  const placement: StoredPlacement = {
    order: {
      id: orderId,
      number: facts.number,
      channel: facts.channel,
      locale: facts.locale,
      customer_id: facts.customerId,
      currency,
      subtotal: toJsonAmount(totals.subtotal),
      discount: 0,
      shipping: 0,
      tax: toJsonAmount(totals.tax),
      total: total.amount,
      tax_included: totals.taxIncluded,
      gift_card_paid: 0,
      shipping_option: original.shippingOptionId,
      payment_method: null,
      cart_id: null,
      source: 'exchange',
      source_ref: row.id,
      imported: false,
      attributes: {},
      placed_at: placedAt.toISOString(),
    },
    items,
    contact: { email: original.email, shipping: original.shippingAddress, billing: original.billingAddress },
    actor: 'exchange',
    events: JSON.parse(
      deps.kit.outbox.encode([OrderCreated({ ...facts, placedAt: placedAt.toISOString(), total, lines }, { at: placedAt })]),
    ),
    flow: [flow],
    request: null,
    claims: undefined,
  }
  const { outcome } = await deps.store(placement)
  if (outcome !== 'placed') deps.kit.processes.forget(checkout, orderId)
}
