import { toJsonAmount } from '#kit/core/money.ts'
import type { OrdersDeps } from '../deps.ts'

/** Refunds at the same time; each is a call or two of payments. */
const AT_ONCE = 16

interface OpenNote {
  id: string
  order_id: string
  amount: bigint
  currency: string
  at: Date
}

/**
 * Gives the money of imported credit notes back through payments, once per note. Where the payment of the order does not hold
 * that much (the shop took goods back at a higher price), the note stays the customer's credit.
 */
export async function settleImportedCredits(
  deps: OrdersDeps,
  { source, limit }: { source: string; limit: number },
): Promise<{ settled: number; open: number }> {
  const { sql } = deps.kit.db
  const notes = await sql<OpenNote[]>`
    select n.id, n.order_id, n.amount, n.currency, n.at from credit_notes n
    where n.settlement = 'open' and n.imported and n.source = ${source} order by n.id limit ${limit}`
  const settled: { id: string; settlement: 'refunded' | 'credited' }[] = []
  // The notes of one order one after another, so that the earlier one gets the money.
  const byOrder = [...Map.groupBy(notes, (note) => note.order_id).values()]
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let group = byOrder.shift(); group; group = byOrder.shift()) {
        for (const note of group) {
          const amount = { amount: toJsonAmount(note.amount), currency: note.currency }
          const { outcome } = await deps.payments.refund({
            orderId: note.order_id,
            refundId: note.id,
            amount,
            reason: 'imported return',
            imported: true,
            at: note.at.toISOString(),
          })
          if (outcome !== 'pending') settled.push({ id: note.id, settlement: outcome === 'refunded' ? 'refunded' : 'credited' })
        }
      }
    }),
  )
  const [left] = await sql<{ open: number }[]>`
    with settled as (
      update credit_notes n set settlement = s.settlement
      from jsonb_to_recordset(${JSON.stringify(settled)}::text::jsonb) as s(id uuid, settlement text)
      where n.id = s.id and n.settlement = 'open'
      returning 1
    )
    select ((select count(*) from credit_notes n where n.settlement = 'open' and n.imported and n.source = ${source}) - (select count(*) from settled))::int as open`
  return { settled: settled.length, open: left?.open ?? 0 }
}
