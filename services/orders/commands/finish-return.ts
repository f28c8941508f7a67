import { ReturnCompleted } from '#contracts/events/orders.ts'
import type { Receipt } from '#contracts/processes/return.ts'
import { allocate, divideRounded, money, toJsonAmount } from '#kit/core/money.ts'
import type { Tx } from '#kit/db/db.ts'
import type { OrdersDeps } from '../deps.ts'
import { lockReturn, moveReturn, type ReturnRow, receiptOf, refundsOf } from '../return-store.ts'
import { factsOf, freeUnits, isNews } from './decide-return.ts'
import { issueCreditNote } from './issue-credit-note.ts'
import { moveOrder } from './move-order.ts'
import { returnErrors } from '../return-errors.ts'

/** The goods did not come in time: → CLOSED, and the units may be returned another time. */
export async function closeReturn(
  deps: OrdersDeps,
  { returnId }: { returnId: string },
): Promise<{ outcome: 'closed' } | { outcome: 'received'; receipt: Receipt }> {
  return await deps.kit.db.tx(async (tx) => {
    const row = await lockReturn(tx, returnId)
    if (!row) throw returnErrors.returnNotFound({ returnId })
    if (row.status === 'received' || row.status === 'refunded' || row.status === 'replaced')
      return { outcome: 'received', receipt: await receiptOf(tx, row) }
    if (row.status === 'approved') {
      await moveReturn(tx, { returnId, from: 'approved', to: 'closed', actor: 'clock', note: 'the goods did not arrive in time' })
      await freeUnits(tx, row)
    }
    return { outcome: 'closed' }
  })
}

export async function noteOnReturn(
  deps: OrdersDeps,
  input: { returnId: string; trackingNumber?: string; problem?: string | null },
): Promise<void> {
  const { returnId, trackingNumber, problem } = input
  await deps.kit.db.sql`
    update returns r set tracking_number = coalesce(${trackingNumber ?? null}, r.tracking_number),
      problem = case when ${problem === undefined} then r.problem else ${problem ?? null} end, updated_at = now()
    where r.id = ${returnId}`
}

/** The end of a return: everything that is left to do happens in this one transaction, once. */
export async function completeReturn(
  deps: OrdersDeps,
  { returnId, outcome }: { returnId: string; outcome: 'refunded' | 'replaced' },
): Promise<void> {
  await deps.kit.db.tx(async (tx) => {
    const row = await lockReturn(tx, returnId)
    if (!row) throw returnErrors.returnNotFound({ returnId })
    if (!isNews(row, { type: 'complete', outcome })) return
    await moveReturn(tx, { returnId, from: 'received', to: outcome, actor: 'returns' })
    const refunds = (await refundsOf(tx, returnId)).filter(({ use }) => use === 'refund')
    for (const { kind, reference, amount } of refunds)
      if (kind === 'gift-card') await creditGiftCard(tx, returnId, reference, amount)
    const refunded = refunds.reduce((sum, { amount }) => sum + amount, 0n)
    const facts = await factsOf(tx, row)
    await deps.kit.outbox.append(tx, [
      ReturnCompleted({
        ...facts,
        refund: refunded === 0n ? null : { amount: toJsonAmount(refunded), currency: row.currency },
        replacementOrderId: outcome === 'replaced' ? row.replacement_order_id : null,
      }),
    ])
    await issueNote(tx, row, facts.customerId)
    if (await nothingLeft(tx, row.order_id))
      await moveOrder(deps, tx, { orderId: row.order_id, to: 'RETURNED', actor: 'returns' })
  })
}

async function creditGiftCard(tx: Tx, returnId: string, giftCardId: string, amount: bigint): Promise<void> {
  await tx`
    with entry as (
      insert into gift_card_entries (gift_card_id, kind, reference, amount) values (${giftCardId}, 'give-back', ${returnId}, ${amount})
      on conflict do nothing returning amount
    )
    update gift_cards g set balance = g.balance + entry.amount from entry where g.id = ${giftCardId}`
}

/** The books know goods only: shipping that went back and a fee that was kept are spread over them. The document names them. */
async function issueNote(tx: Tx, row: ReturnRow, customerId: string | null): Promise<void> {
  if (!row.refund) return
  const came = row.lines.filter(({ received }) => received)
  const shares = allocate(
    money(row.refund, row.currency),
    came.map(({ amount }) => BigInt(amount ?? 0)),
  )
  await issueCreditNote(tx, {
    orderId: row.order_id,
    returnId: row.id,
    customerId,
    channel: row.channel,
    kind: 'return',
    currency: row.currency,
    amount: row.refund,
    settlement: 'refunded',
    at: new Date(),
    source: 'shop',
    sourceRef: row.id,
    imported: false,
    lines: came.map(({ sku, title, received, amount }, index) => ({
      sku,
      title,
      quantity: received!,
      unitPrice: Number(divideRounded(BigInt(amount!), BigInt(received!))),
      amount: toJsonAmount(shares[index]!.amount),
    })),
  })
  await tx`insert into invoices (id, kind, order_id, channel) values (${row.id}, 'credit-note', ${row.order_id}, ${row.channel}) on conflict do nothing`
}

async function nothingLeft(tx: Tx, orderId: string): Promise<boolean> {
  const [left] = await tx`
    select 1 from order_items i left join line_units u on u.order_id = i.order_id and u.line_id = i.line_id
    where i.order_id = ${orderId} and coalesce(u.back, 0) < i.quantity limit 1`
  return left === undefined
}
