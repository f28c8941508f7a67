import type { Receipt } from '#contracts/processes/return.ts'
import type { StockLine } from '#contracts/values.ts'
import { toJsonAmount } from '#kit/core/money.ts'
import type { Query, Tx } from '#kit/db/db.ts'
import type { Condition, ReturnKind, ReturnReason, ReturnState, ReturnStatus } from './return.ts'

export interface ReturnLineRow {
  line_no: number
  line_id: string
  sku: string
  title: string
  quantity: number
  reason: ReturnReason
  wanted_sku: string | null
  wanted_price: number | null
  received: number | null
  condition: Condition | null
  restock: boolean | null
  amount: number | null
  tax: number | null
}

export interface ReturnRow {
  id: string
  order_id: string
  order_number: string
  customer_id: string | null
  kind: ReturnKind
  status: ReturnStatus
  channel: string
  currency: string
  comment: string | null
  reason: string | null
  problem: string | null
  tracking_number: string | null
  fee: bigint
  refund_shipping: boolean
  goods_value: bigint | null
  shipping_value: bigint | null
  refund: bigint | null
  replacement_order_id: string | null
  version: bigint
  requested_at: Date
  lines: ReturnLineRow[]
}

/** Columns of a ReturnRow, from `returns r join orders o`. */
export const returnColumns = (sql: Query) => sql`
  r.id, r.order_id, o.number as order_number, o.customer_id, r.kind, r.status, r.channel, r.currency, r.comment, r.reason, r.problem, r.tracking_number, r.fee,
  r.refund_shipping, r.goods_value, r.shipping_value, r.refund, r.replacement_order_id, r.version, r.requested_at,
  (select jsonb_agg(to_jsonb(l) - 'return_id' order by l.line_no) from return_lines l where l.return_id = r.id) as lines`

export async function readReturn(sql: Query, returnId: string): Promise<ReturnRow | undefined> {
  const [row] = await sql<
    ReturnRow[]
  >`select ${returnColumns(sql)} from returns r join orders o on o.id = r.order_id where r.id = ${returnId}`
  return row
}

/** As readReturn; nobody else changes the return until the transaction ends. */
export async function lockReturn(tx: Tx, returnId: string): Promise<ReturnRow | undefined> {
  const [locked] = await tx`select 1 from returns r where r.id = ${returnId} for update`
  return locked ? await readReturn(tx, returnId) : undefined
}

export function stateOf(row: ReturnRow): ReturnState {
  const lines = row.lines.map(({ line_id, sku, reason, quantity }) => ({ lineId: line_id, sku, reason, quantity }))
  return { status: row.status, kind: row.kind, lines }
}

export interface ReturnMove {
  readonly returnId: string
  readonly from: ReturnStatus
  readonly to: ReturnStatus
  readonly actor: string
  readonly note?: string | undefined
}

/** Moves a locked return and notes it in its history. The condition on the old status is the guard. */
export async function moveReturn(tx: Query, { returnId, from, to, actor, note }: ReturnMove): Promise<void> {
  const [moved] = await tx`
    with moved as (
      update returns r set status = ${to}, version = r.version + 1, updated_at = now() where r.id = ${returnId} and r.status = ${from} returning r.id
    )
    insert into return_history (return_id, seq, from_status, to_status, actor, note)
    select moved.id, 1 + (select max(h.seq) from return_history h where h.return_id = moved.id), ${from}, ${to}, ${actor}, ${note ?? null} from moved
    returning return_history.return_id`
  if (!moved) throw new Error(`return ${returnId} was not ${from}`)
}

export interface RefundRow {
  id: string
  place: number
  kind: 'payment' | 'gift-card'
  reference: string
  amount: bigint
  use: 'refund' | 'credit'
  released: boolean
}

export async function refundsOf(sql: Query, returnId: string): Promise<RefundRow[]> {
  return await sql<RefundRow[]>`
    select f.id, f.place, f.kind, f.reference, f.amount, f.use, f.released from return_refunds f where f.return_id = ${returnId} order by f.place`
}

/** The parts that go back through payments. */
export function refundParts(rows: readonly RefundRow[], currency: string): Receipt['refunds'] {
  return rows
    .filter(({ kind, use }) => kind === 'payment' && use === 'refund')
    .map(({ id, reference, amount }) => ({
      refundId: id,
      orderId: reference,
      amount: { amount: toJsonAmount(amount), currency },
    }))
}

/** What came of a receipt, from what was stored then: the same however often it is asked. */
export async function receiptOf(sql: Query, row: ReturnRow): Promise<Receipt> {
  const units = new Map<string, number>()
  for (const { sku, received, restock } of row.lines) if (restock && received) units.set(sku, (units.get(sku) ?? 0) + received)
  const restock: StockLine[] = [...units].map(([sku, quantity]) => ({ sku, quantity }))
  return { restock, refunds: refundParts(await refundsOf(sql, row.id), row.currency) }
}
