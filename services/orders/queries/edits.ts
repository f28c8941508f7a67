import Type, { type Static } from 'typebox'
import { EditRefusal } from '#contracts/processes/edit-order.ts'
import { Nullable, Quantity, Sku, Timestamp, Uuid } from '#contracts/values.ts'
import { MoneyJson, SignedMoneyJson, toJsonAmount } from '#kit/core/money.ts'
import type { Query } from '#kit/db/db.ts'
import { ascending, descending, keyset, type Page } from '#kit/http/paging.ts'
import { closed } from '#kit/messaging/event.ts'
import type { ItemRow } from '../edit.ts'

const EditedLine = closed({
  lineId: Uuid,
  sku: Sku,
  title: Type.String(),
  quantity: Quantity,
  unitPrice: MoneyJson,
  total: MoneyJson,
})

/** A change of a placed order. */
export const EditView = closed({
  id: Uuid,
  orderId: Uuid,
  status: Type.Union([Type.Literal('open'), Type.Literal('applied'), Type.Literal('refused')]),
  refusal: Nullable(EditRefusal),
  actor: Type.String(),
  note: Type.String(),
  /** the order's lines afterwards; null: they stay */
  lines: Nullable(Type.Array(EditedLine)),
  total: Nullable(MoneyJson),
  /** above zero: to be paid, under this change's id; below: given back */
  difference: SignedMoneyJson,
  /** what a person has to look at */
  problem: Nullable(Type.String()),
  createdAt: Timestamp,
  endedAt: Nullable(Timestamp),
  version: Type.Integer(),
})
export type EditView = Static<typeof EditView>

interface Row {
  id: string
  order_id: string
  status: EditView['status']
  refusal: EditView['refusal']
  actor: string
  note: string
  currency: string
  items: ItemRow[] | null
  totals: { total: number } | null
  surcharge: bigint
  refund: bigint
  problem: string | null
  version: bigint
  created_at: Date
  ended_at: Date | null
}

const columns = (sql: Query) => sql`
  e.id, e.order_id, e.status, e.refusal, e.actor, e.note, e.currency, e.items, e.totals, e.surcharge, e.refund, e.problem, e.version, e.created_at, e.ended_at`

const list = keyset({
  list: 'order-edits',
  id: { column: 'e.id', type: 'uuid' },
  sorts: { newest: descending('e.created_at', 'timestamptz'), oldest: ascending('e.created_at', 'timestamptz') },
  initial: 'newest',
})
export const EditQuery = list.query({})

export async function listEdits(sql: Query, orderId: string, query: Static<typeof EditQuery>): Promise<Page<EditView>> {
  const at = list.position(query)
  const rows = await sql<Row[]>`
    select ${columns(sql)}, ${at.keys(sql)} from order_edits e where e.order_id = ${orderId} ${at.after(sql)} ${at.order(sql)}`
  return at.page(rows, viewOf)
}

/** A change of this order, or undefined. */
export async function getEdit(sql: Query, orderId: string, editId: string): Promise<EditView | undefined> {
  const [row] = await sql<Row[]>`select ${columns(sql)} from order_edits e where e.id = ${editId} and e.order_id = ${orderId}`
  return row && viewOf(row)
}

export const linesOfItems = (items: readonly ItemRow[], currency: string) =>
  items.map((item) => ({
    lineId: item.line_id,
    sku: item.sku,
    title: item.title,
    quantity: item.quantity,
    unitPrice: { amount: item.unit_price, currency },
    total: { amount: item.total, currency },
  }))

function viewOf(row: Row): EditView {
  const { currency } = row
  return {
    id: row.id,
    orderId: row.order_id,
    status: row.status,
    refusal: row.refusal,
    actor: row.actor,
    note: row.note,
    lines: row.items && linesOfItems(row.items, currency),
    total: row.totals && { amount: row.totals.total, currency },
    difference: { amount: toJsonAmount(row.surcharge - row.refund), currency },
    problem: row.problem,
    createdAt: row.created_at.toISOString(),
    endedAt: row.ended_at?.toISOString() ?? null,
    version: Number(row.version),
  }
}
