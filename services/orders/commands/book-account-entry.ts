import { uuidv7 } from '#kit/core/ids.ts'
import { toJsonAmount } from '#kit/core/money.ts'
import type { Query } from '#kit/db/db.ts'

export interface NewAccountEntry {
  /** `bank-charges`, `discount`, `bad-debt` … */
  readonly kind: string
  readonly orderId: string | null
  readonly customerId: string | null
  readonly channel: string
  readonly currency: string
  /** minor units; positive: charged to somebody, negative: given or lost */
  readonly amount: bigint
  readonly at: Date
  readonly source: string
  /** once per (source, sourceRef) */
  readonly sourceRef: string
  readonly note: string
}

export function accountEntryRow(entry: NewAccountEntry) {
  return {
    id: uuidv7(entry.at),
    kind: entry.kind,
    order_id: entry.orderId,
    customer_id: entry.customerId,
    channel: entry.channel,
    currency: entry.currency,
    amount: toJsonAmount(entry.amount),
    at: entry.at.toISOString(),
    source: entry.source,
    source_ref: entry.sourceRef,
    note: entry.note,
  }
}

/** Books a charge or credit that belongs to no line of an order, once per (source, sourceRef). True: it is new. */
export async function bookAccountEntry(tx: Query, entry: NewAccountEntry): Promise<boolean> {
  const [row] = await tx<{ booked: bigint }[]>`
    select book_account_entries(${JSON.stringify([accountEntryRow(entry)])}::text::jsonb) as booked`
  return row?.booked === 1n
}
