import Type, { type Static } from 'typebox'
import { editOrder, type EditOrderResult } from '#contracts/processes/edit-order.ts'
import type { PostalAddress } from '#contracts/values.ts'
import { MoneyJson } from '#kit/core/money.ts'
import type { Query } from '#kit/db/db.ts'
import { isUniqueViolation } from '#kit/db/pg-errors.ts'
import { closed } from '#kit/messaging/event.ts'
import type { OrdersDeps } from '../deps.ts'
import { describeEdit, type ItemRow, LineChange, linesAfter, stockOf } from '../edit.ts'
import { editErrors } from '../edit-errors.ts'
import { priceEdit, type PricedEdit } from '../edit-pricing.ts'
import { errors } from '../errors.ts'
import type { OrderView } from '../order-view.ts'
import { isBeingCancelled } from './cancel-order.ts'

export const EditLinesBody = closed({
  lines: Type.Array(LineChange, { minItems: 1, maxItems: 200 }),
  /** for what it costs more; without it the change waits for a payment */
  paymentMethodId: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
  /** the total the customer was told; another one is refused with `orders/price-changed` */
  expectedTotal: Type.Optional(MoneyJson),
  reason: Type.Optional(Type.String({ minLength: 1, maxLength: 300 })),
})
export type EditLinesBody = Static<typeof EditLinesBody>

interface Facts {
  readonly source: string
  readonly imported: boolean
  readonly items: ItemRow[]
}

/** What the order would be with these changes; nothing moves. Throws editErrors and errors of its pricing. */
export async function quoteEdit(
  deps: OrdersDeps,
  order: OrderView,
  changes: readonly LineChange[],
): Promise<PricedEdit & { readonly wanted: ReturnType<typeof linesAfter>; readonly before: readonly ItemRow[] }> {
  const { source, imported, items } = await factsOf(deps.kit.db.sql, order.id)
  const editable = (order.status === 'PENDING' || order.status === 'CONFIRMED') && !imported && source !== 'exchange'
  if (!editable) throw editErrors.notEditable({ orderId: order.id, status: order.status })
  const wanted = linesAfter(items, changes)
  if (wanted.length === 0) throw errors.emptyOrder({}, { fields: [{ pointer: '/lines', message: 'cancel the order instead' }] })
  const priced = await priceEdit(deps, order, source, items, wanted)
  const least = order.giftCardPaid.amount + (order.status === 'PENDING' ? 1 : 0)
  if (priced.totals.total < least && order.giftCardPaid.amount > 0)
    throw editErrors.editBelowGiftCards({ giftCardPaid: order.giftCardPaid })
  if (order.status === 'PENDING' && priced.totals.total === 0) throw editErrors.notEditable({ orderId: order.id, total: 0 })
  return { ...priced, wanted, before: items }
}

/** Begins a change of lines and runs it as far as it gets; once per editId. */
export async function editLines(
  deps: OrdersDeps,
  order: OrderView,
  input: { editId: string; actor: string; body: EditLinesBody; expectedVersion: number | undefined },
): Promise<EditOrderResult> {
  const { editId, actor, body } = input
  const known = await resultOf(deps, order.id, editId)
  if (known) return known
  const { wanted, before, items, totals, promotions } = await quoteEdit(deps, order, body.lines)
  const { currency } = order.total
  const total = { amount: totals.total, currency }
  if (body.expectedTotal && (body.expectedTotal.amount !== total.amount || body.expectedTotal.currency !== currency))
    throw errors.priceChanged({ total })
  const unpaid = order.status === 'PENDING'
  const difference = unpaid ? 0 : totals.total - order.total.amount
  if (difference !== 0) await refuseUnsettled(deps, order)
  return await begin(deps, order, {
    editId,
    actor,
    expectedVersion: input.expectedVersion ?? order.version,
    note: describeEdit(before, wanted, body.reason),
    lines: { items, totals, promotions, stock: stockOf(before, wanted) },
    difference,
    address: null,
    paymentMethodId: body.paymentMethodId ?? null,
  })
}

/** Sends what has not left to another address. Throws errors.countryFixed. */
export async function editAddress(
  deps: OrdersDeps,
  order: OrderView,
  input: { editId: string; actor: string; address: PostalAddress; expectedVersion: number | undefined },
): Promise<EditOrderResult> {
  const { editId, actor, address } = input
  const known = await resultOf(deps, order.id, editId)
  if (known) return known
  const { source, imported } = await factsOf(deps.kit.db.sql, order.id)
  const editable = (order.status === 'PENDING' || order.status === 'CONFIRMED') && !imported && source !== 'exchange'
  if (!editable) throw editErrors.notEditable({ orderId: order.id, status: order.status })
  if (order.shippingAddress && order.shippingAddress.country !== address.country) throw errors.countryFixed()
  return await begin(deps, order, {
    editId,
    actor,
    expectedVersion: input.expectedVersion ?? order.version,
    note: 'sent to another address',
    lines: null,
    difference: 0,
    address,
    paymentMethodId: null,
  })
}

interface Begin {
  readonly editId: string
  readonly actor: string
  readonly expectedVersion: number
  readonly note: string
  readonly lines: (PricedEdit & { readonly stock: ReturnType<typeof stockOf> }) | null
  /** what it costs more, or less (minor units) */
  readonly difference: number
  readonly address: PostalAddress | null
  readonly paymentMethodId: string | null
}

/** Under the lock of the order: of a change and a cancellation that begin at the same moment one sees the other. */
async function begin(deps: OrdersDeps, order: OrderView, edit: Begin): Promise<EditOrderResult> {
  const { editId, lines, difference } = edit
  const unpaid = order.status === 'PENDING'
  const json = (value: unknown) => (value === null ? null : JSON.stringify(value))
  try {
    await deps.kit.db.tx(async (tx) => {
      await tx`select 1 from orders o where o.id = ${order.id} for update`
      const [now] = await tx<
        { version: bigint; status: string }[]
      >`select o.version, o.status from orders o where o.id = ${order.id}`
      if (Number(now!.version) !== edit.expectedVersion) throw errors.versionConflict({ orderId: order.id })
      if (now!.status !== order.status) throw editErrors.notEditable({ orderId: order.id, status: now!.status })
      if (await isBeingCancelled(tx, order.id)) throw editErrors.notEditable({ orderId: order.id })
      if (unpaid && !(await waitsForPayment(tx, order.id))) throw editErrors.checkoutAtWork({ orderId: order.id })
      await tx`
        insert into order_edits (id, order_id, status, unpaid, actor, note, currency, items, totals, promotions, surcharge, refund, address)
        values (${editId}, ${order.id}, 'open', ${unpaid}, ${edit.actor}, ${edit.note}, ${order.total.currency},
          ${json(lines?.items ?? null)}::text::jsonb, ${json(lines?.totals ?? null)}::text::jsonb, ${json(lines?.promotions ?? null)}::text::jsonb,
          ${Math.max(0, difference)}, ${Math.max(0, -difference)}, ${json(edit.address)}::text::jsonb)`
      await deps.kit.processes.start(tx, editOrder, editId, {
        editId,
        orderId: order.id,
        customerId: order.customerId,
        unpaid,
        stock: lines?.stock ?? null,
        surcharge: difference > 0 ? { amount: difference, currency: order.total.currency } : null,
        paymentMethodId: edit.paymentMethodId,
        payWithinSeconds: deps.kit.settings.editPayWithinHours * 3600,
      })
    })
  } catch (error) {
    deps.kit.processes.forget(editOrder, editId)
    if (isUniqueViolation(error, 'order_edits_one_open')) throw editErrors.editOpen({ orderId: order.id }, { cause: error })
    throw error
  }
  return (await deps.kit.processes.advance(editOrder, editId)) ?? { outcome: 'payment-pending' }
}

/** The checkout waits for somebody to pay and nobody is about to; nobody can begin to while the row is locked. */
export async function waitsForPayment(tx: Query, orderId: string): Promise<boolean> {
  const [row] = await tx`
    select 1 from processes p
    where p.name = 'checkout' and p.id = ${orderId} and p.status = 'waiting' and p.state ->> 'type' = 'awaiting-payment'
      and p.mailbox = '[]' and p.lease_until <= now() for update`
  return row !== undefined
}

/** The same request again. Another order's id here is no edit of this one. */
async function resultOf(deps: OrdersDeps, orderId: string, editId: string): Promise<EditOrderResult | undefined> {
  const [row] = await deps.kit.db.sql`select 1 from order_edits e where e.id = ${editId} and e.order_id = ${orderId}`
  return row && ((await deps.kit.processes.advance(editOrder, editId)) ?? { outcome: 'payment-pending' })
}

/** A difference can be paid, or given back, only where the money was taken. */
async function refuseUnsettled(deps: OrdersDeps, order: OrderView): Promise<void> {
  if (order.total.amount === order.giftCardPaid.amount) return
  const { outcome } = await deps.payments.status({ orderId: order.id })
  if (outcome !== 'captured') throw editErrors.editUnsettled({ orderId: order.id })
}

async function factsOf(sql: Query, orderId: string): Promise<Facts> {
  const [row] = await sql<Facts[]>`
    select o.source, o.imported, (select jsonb_agg(to_jsonb(i) - 'order_id' order by i.line_no) from order_items i where i.order_id = o.id) as items
    from orders o where o.id = ${orderId}`
  return row!
}
