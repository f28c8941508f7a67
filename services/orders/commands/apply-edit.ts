import { OrderUpdated } from '#contracts/events/orders.ts'
import { checkout } from '#contracts/processes/checkout.ts'
import type { EditRefusal } from '#contracts/processes/edit-order.ts'
import type { RefundPart } from '#contracts/processes/return.ts'
import type { PostalAddress, StockLine } from '#contracts/values.ts'
import { uuidFrom } from '#kit/core/ids.ts'
import { toJsonAmount } from '#kit/core/money.ts'
import type { Query, Tx } from '#kit/db/db.ts'
import { summed } from '../basket.ts'
import type { OrdersDeps } from '../deps.ts'
import { correctInvoice } from '../documents/correct-invoice.ts'
import type { ItemRow } from '../edit.ts'
import { editErrors } from '../edit-errors.ts'
import type { PricedEdit } from '../edit-pricing.ts'
import { readPlaced } from '../queries/placed-order.ts'
import { type Fund, takeFrom } from '../return.ts'
import { waitsForPayment } from './start-edit.ts'

interface EditRow {
  id: string
  order_id: string
  status: 'open' | 'applied' | 'refused'
  unpaid: boolean
  currency: string
  items: ItemRow[] | null
  totals: PricedEdit['totals'] | null
  promotions: PricedEdit['promotions'] | null
  surcharge: bigint
  refund: bigint
  address: PostalAddress | null
  refunds: RefundPart[] | null
}

async function readEdit(sql: Query, editId: string): Promise<EditRow> {
  const [row] = await sql<EditRow[]>`
    select e.id, e.order_id, e.status, e.unpaid, e.currency, e.items, e.totals, e.promotions, e.surcharge, e.refund, e.address, e.refunds
    from order_edits e where e.id = ${editId}`
  if (!row) throw editErrors.editNotFound({ editId })
  return row
}

/** What the parcel of a change holds and where it goes; null: as before. */
export async function parcelOfEdit(
  deps: OrdersDeps,
  { editId }: { editId: string },
): Promise<{ lines: StockLine[] | null; address: PostalAddress | null }> {
  const { items, address } = await readEdit(deps.kit.db.sql, editId)
  return { lines: items && summed(items.map(({ sku, quantity }) => ({ sku, quantity }))), address }
}

/**
 * Writes a change into its order, once: lines, totals, promotions, address, where the money came from and goes, invoice and event, in one
 * transaction. A paid order cannot be cancelled while its change is open, so it is still there; one that waited for its payment may
 * have been paid or cancelled meanwhile: `moved-on`.
 */
export async function applyEdit(
  deps: OrdersDeps,
  { editId }: { editId: string },
): Promise<{ outcome: 'applied'; refunds: RefundPart[] } | { outcome: 'moved-on' }> {
  return await deps.kit.db.tx(async (tx) => {
    const { order_id: orderId } = await readEdit(tx, editId)
    await tx`select 1 from orders o where o.id = ${orderId} for update`
    const edit = await readEdit(tx, editId)
    if (edit.status === 'applied') return { outcome: 'applied', refunds: edit.refunds ?? [] }
    const order = await readPlaced(tx, orderId)
    const stands = edit.unpaid
      ? order?.status === 'PENDING' && (await waitsForPayment(tx, orderId))
      : order?.status !== 'CANCELLED'
    if (!order || !stands || edit.status === 'refused') return { outcome: 'moved-on' }
    const refunds = edit.unpaid ? [] : await moveMoney(tx, edit)
    if (edit.items && edit.totals) {
      if (!edit.unpaid) await correctInvoice(tx, orderId, editId)
      await writeLines(tx, edit, edit.items, edit.totals)
      if (edit.unpaid) await tellCheckout(deps, tx, edit, edit.items, edit.totals.total)
    }
    if (edit.address)
      await tx`update order_contacts c set shipping = ${JSON.stringify(edit.address)}::text::jsonb where c.order_id = ${orderId}`
    await tx`update orders o set version = o.version + 1, updated_at = now() where o.id = ${orderId}`
    await tx`
      update order_edits e set status = 'applied', ended_at = now(), address = null, refunds = ${JSON.stringify(refunds)}::text::jsonb, version = e.version + 1
      where e.id = ${editId}`
    const after = (await readPlaced(tx, orderId))!
    const changed = [...(edit.items ? ['lines'] : []), ...(edit.address ? ['shippingAddress'] : [])]
    const now = edit.items ? { total: after.total, lines: [...after.lines] } : {}
    await deps.kit.outbox.append(tx, [OrderUpdated({ ...after.facts, changed, ...now })])
    return { outcome: 'applied', refunds }
  })
}

/** Notes what was paid on top, or sets aside what goes back, before the order's total changes: the funds are worked out from it. */
async function moveMoney(tx: Tx, { id, order_id: orderId, surcharge, refund, currency }: EditRow): Promise<RefundPart[]> {
  if (surcharge === 0n && refund === 0n) return []
  const funds = await tx<(Fund & { place: number })[]>`
    select f.kind, f.reference, f.amount - f.returned as left, f.place from funds_of(${orderId}) f order by f.place`
  if (surcharge > 0n) {
    const place = 1 + Math.max(0, ...funds.map((fund) => fund.place).filter((taken) => taken < 1000))
    await tx`
      insert into order_funds (order_id, place, kind, reference, amount) values (${orderId}, ${place}, 'payment', ${id}, ${surcharge})`
    return []
  }
  const parts = takeFrom(
    funds.filter(({ kind }) => kind === 'payment'),
    refund,
  )
  for (const { reference, amount } of parts)
    await tx`
      update order_funds f set returned = f.returned + ${amount} where f.order_id = ${orderId} and f.kind = 'payment' and f.reference = ${reference}`
  return parts.map(({ reference, amount }, index) => ({
    refundId: uuidFrom(`refund ${index + 1} of change ${id}`),
    orderId: reference,
    amount: { amount: toJsonAmount(amount), currency },
  }))
}

async function writeLines(
  tx: Tx,
  { order_id: orderId, promotions }: EditRow,
  items: readonly ItemRow[],
  totals: PricedEdit['totals'],
): Promise<void> {
  await tx`delete from order_items i where i.order_id = ${orderId}`
  await tx`
    insert into order_items (order_id, line_no, line_id, sku, product_id, variant_id, title, quantity, unit_price, subtotal, discount, tax_rate_bp, tax, total)
    select ${orderId}, i.line_no, i.line_id, i.sku, i.product_id, i.variant_id, i.title, i.quantity, i.unit_price, i.subtotal, i.discount, i.tax_rate_bp, i.tax, i.total
    from jsonb_to_recordset(${JSON.stringify(items)}::text::jsonb) as i(line_no integer, line_id uuid, sku text, product_id uuid, variant_id uuid, title text,
      quantity integer, unit_price bigint, subtotal bigint, discount bigint, tax_rate_bp integer, tax bigint, total bigint)`
  await tx`
    update orders o set subtotal = ${totals.subtotal}, discount = ${totals.discount}, tax = ${totals.tax}, total = ${totals.total} where o.id = ${orderId}`
  await tx`
    update promotion_uses u set amount = p.amount
    from jsonb_to_recordset(${JSON.stringify(promotions ?? [])}::text::jsonb) as p(promotion_id uuid, amount bigint)
    where u.order_id = ${orderId} and u.promotion_id = p.promotion_id`
}

/** The checkout that waits takes this much money, and sells and sends these goods. */
async function tellCheckout(
  deps: OrdersDeps,
  tx: Tx,
  { order_id: orderId, currency }: EditRow,
  items: readonly ItemRow[],
  total: number,
): Promise<void> {
  const [order] = await tx<{ paid: bigint }[]>`select o.gift_card_paid as paid from orders o where o.id = ${orderId}`
  const changed = {
    type: 'order-changed',
    lines: summed(items.map(({ sku, quantity }) => ({ sku, quantity }))),
    amount: { amount: total - toJsonAmount(order!.paid), currency },
  }
  if (!(await deps.kit.processes.post(tx, checkout, orderId, changed)))
    throw new Error(`the checkout of ${orderId} does not wait`)
}

/** The order stays as it was. */
export async function refuseEdit(deps: OrdersDeps, { editId, reason }: { editId: string; reason: EditRefusal }): Promise<void> {
  await deps.kit.db.sql`
    update order_edits e set status = 'refused', refusal = ${reason}, ended_at = now(), address = null, version = e.version + 1
    where e.id = ${editId} and e.status = 'open'`
}

export async function noteOnEdit(
  deps: OrdersDeps,
  { editId, problem }: { editId: string; problem: string | null },
): Promise<void> {
  await deps.kit.db.sql`update order_edits e set problem = ${problem}, version = e.version + 1 where e.id = ${editId}`
}
