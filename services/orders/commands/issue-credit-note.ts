import { randomBase32, uuidv7 } from '#kit/core/ids.ts'
import { toJsonAmount } from '#kit/core/money.ts'
import type { Query } from '#kit/db/db.ts'

export interface CreditNoteLine {
  readonly sku: string
  readonly title: string
  readonly quantity: number
  /** minor units */
  readonly unitPrice: number
  readonly amount: number
}

export interface NewCreditNote {
  readonly orderId: string | null
  readonly returnId: string | null
  readonly customerId: string | null
  readonly channel: string
  readonly kind: 'return' | 'cancellation' | 'correction' | 'goodwill'
  readonly currency: string
  /** minor units, above 0: what the customer gets back */
  readonly amount: bigint
  /** `open`: payments still have to give the money back; `credited`: it stays with the shop */
  readonly settlement: 'open' | 'refunded' | 'credited'
  readonly at: Date
  readonly source: string
  /** once per (source, sourceRef): a return's id, a number of another shop */
  readonly sourceRef: string
  readonly imported: boolean
  readonly lines: readonly CreditNoteLine[]
}

/** A credit note as the database takes it, with its id and number. */
export function creditNoteRow(note: NewCreditNote) {
  return {
    id: uuidv7(note.at),
    number: `CN-${randomBase32(10)}`,
    order_id: note.orderId,
    return_id: note.returnId,
    customer_id: note.customerId,
    channel: note.channel,
    kind: note.kind,
    currency: note.currency,
    amount: toJsonAmount(note.amount),
    settlement: note.settlement,
    at: note.at.toISOString(),
    source: note.source,
    source_ref: note.sourceRef,
    imported: note.imported,
    lines: note.lines,
  }
}

/**
 * Issues a credit note, once per (source, sourceRef), and counts the units of its order that came back: more than were sold is
 * refused by the database. Returns its id, or `undefined` when it was issued before.
 */
export async function issueCreditNote(tx: Query, note: NewCreditNote): Promise<string | undefined> {
  const [row] = await tx<{ id: string }[]>`
    select issued as id from issue_credit_notes(${JSON.stringify([creditNoteRow(note)])}::text::jsonb) issued`
  return row?.id
}
