import Type, { type Static } from 'typebox'
import { ChannelKey, Uuid } from '#contracts/values.ts'
import type { Query } from '#kit/db/db.ts'
import { ascending, descending, keyset, type Page, where } from '#kit/http/paging.ts'
import { returnColumns, type ReturnRow } from '../return-store.ts'
import { ReturnKindCode, ReturnStatusCode, type ReturnView, returnViewOf } from '../return-view.ts'

const list = keyset({
  list: 'returns',
  id: { column: 'r.id', type: 'uuid' },
  sorts: { newest: descending('r.id', 'uuid'), oldest: ascending('r.id', 'uuid') },
  initial: 'newest',
})

export const ReturnsQuery = list.query({
  status: Type.Optional(ReturnStatusCode),
  kind: Type.Optional(ReturnKindCode),
  channel: Type.Optional(ChannelKey),
  orderId: Type.Optional(Uuid),
  /** of all orders of this customer */
  customerId: Type.Optional(Uuid),
  /** true: only those that wait for a person */
  problem: Type.Optional(Type.Boolean()),
})
export type ReturnsQuery = Static<typeof ReturnsQuery>

/** The work of those who decide about returns, and the warehouse's. */
export async function listReturns(sql: Query, query: ReturnsQuery): Promise<Page<ReturnView>> {
  const at = list.position(query)
  const { status, kind, channel, orderId, customerId, problem } = query
  const rows = await sql<ReturnRow[]>`
    select ${returnColumns(sql)}, ${at.keys(sql)} from returns r join orders o on o.id = r.order_id
    ${where(sql, [
      status !== undefined && sql`r.status = ${status}`,
      kind !== undefined && sql`r.kind = ${kind}`,
      channel !== undefined && sql`r.channel = ${channel}`,
      orderId !== undefined && sql`r.order_id = ${orderId}`,
      customerId !== undefined && sql`o.customer_id = ${customerId}`,
      problem !== undefined && sql`(r.problem is not null) = ${problem}`,
    ])}
    ${at.after(sql)} ${at.order(sql)}`
  return at.page(rows, (row) => returnViewOf(row, true))
}

/** Returns of one order, oldest first. */
export async function returnsOfOrder(sql: Query, orderId: string): Promise<ReturnRow[]> {
  return await sql<ReturnRow[]>`
    select ${returnColumns(sql)} from returns r join orders o on o.id = r.order_id where r.order_id = ${orderId} order by r.id limit 200`
}
