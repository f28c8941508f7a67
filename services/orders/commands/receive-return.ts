import Type, { type Static } from 'typebox'
import { exchange } from '#contracts/processes/exchange.ts'
import { type GoodsReceived, type Receipt, returnGoods } from '#contracts/processes/return.ts'
import { Uuid } from '#contracts/values.ts'
import { uuidFrom, uuidv7 } from '#kit/core/ids.ts'
import { MinorUnits, toJsonAmount } from '#kit/core/money.ts'
import type { Tx } from '#kit/db/db.ts'
import { closed } from '#kit/messaging/event.ts'
import type { OrdersDeps } from '../deps.ts'
import { type Fund, type ReceivedLine, receivedBySku, refundOf, restockByDefault, shareOf, takeFrom } from '../return.ts'
import { lockReturn, moveReturn, readReturn, receiptOf, type ReturnRow, stateOf } from '../return-store.ts'
import { ConditionCode } from '../return-view.ts'
import { isNews, locked } from './decide-return.ts'

export const ReceiveBody = closed({
  /** what was really in the parcel; absent: everything that was announced */
  lines: Type.Optional(
    Type.Array(
      closed({
        lineId: Uuid,
        quantity: Type.Integer({ minimum: 0, maximum: 1_000_000 }),
        condition: Type.Optional(ConditionCode),
        restock: Type.Optional(Type.Boolean()),
      }),
      { minItems: 1, maxItems: 200 },
    ),
  ),
  /** minor units; replaces the fee that was set with the approval */
  fee: Type.Optional(MinorUnits),
})
export type ReceiveBody = Static<typeof ReceiveBody>

/** The warehouse has the goods, told by hand: → RECEIVED, once. The flow goes on with the refund or the replacement. */
export async function receiveReturn(
  deps: OrdersDeps,
  tx: Tx,
  returnId: string,
  actor: string,
  { lines, fee }: ReceiveBody,
): Promise<ReturnRow> {
  const row = await locked(tx, returnId)
  const reasons = new Map(stateOf(row).lines.map((line) => [line.lineId, line.reason]))
  const received = lines
    ? lines.map((line): ReceivedLine => {
        const reason = reasons.get(line.lineId)
        return {
          ...line,
          condition: line.condition ?? null,
          restock: line.restock ?? (line.condition !== 'damaged' && (!reason || restockByDefault(reason))),
        }
      })
    : receivedBySku(stateOf(row).lines, row.lines)
  if (!isNews(row, { type: 'receive', lines: received })) return row
  await takeIn(deps, tx, row, received, actor, fee)
  const after = (await readReturn(tx, returnId))!
  const happening: GoodsReceived = { type: 'received', receipt: await receiptOf(tx, after) }
  await deps.kit.processes.post(tx, returnGoods, returnId, happening, { whileRunning: true })
  return after
}

/** The carrier's parcel was opened in the warehouse (event of delivery). The first receipt counts; `over`: rejected or closed before. */
export async function recordReceipt(
  deps: OrdersDeps,
  { returnId, lines }: { returnId: string; lines: readonly { sku: string; quantity: number }[] },
): Promise<{ outcome: 'received'; receipt: Receipt } | { outcome: 'over' }> {
  return await deps.kit.db.tx(async (tx) => {
    const row = await lockReturn(tx, returnId)
    if (!row || row.status === 'requested' || row.status === 'rejected' || row.status === 'closed') return { outcome: 'over' }
    if (row.status === 'approved') {
      const received = receivedBySku(stateOf(row).lines, lines)
      // An empty parcel is nothing that came back: a person has to look.
      if (!received.some(({ quantity }) => quantity > 0)) return await emptyParcel(tx, row)
      await takeIn(deps, tx, row, received, 'delivery', undefined)
    }
    return { outcome: 'received', receipt: await receiptOf(tx, (await readReturn(tx, returnId))!) }
  })
}

async function emptyParcel(tx: Tx, row: ReturnRow): Promise<{ outcome: 'over' }> {
  await moveReturn(tx, {
    returnId: row.id,
    from: 'approved',
    to: 'closed',
    actor: 'delivery',
    note: 'nothing announced was in the parcel',
  })
  await tx`update returns r set problem = 'nothing announced was in the parcel' where r.id = ${row.id}`
  const units = row.lines.map(({ line_id, quantity }) => ({ line_id, quantity }))
  await tx`select free_units(${row.order_id}, ${JSON.stringify(units)}::text::jsonb)`
  return { outcome: 'over' }
}

interface Worth {
  readonly lineId: string
  readonly units: number
  readonly amount: bigint
  readonly tax: bigint
}

/** Everything a receipt changes, in the caller's transaction; the return is locked. */
async function takeIn(
  deps: OrdersDeps,
  tx: Tx,
  row: ReturnRow,
  received: readonly ReceivedLine[],
  actor: string,
  newFee: number | undefined,
): Promise<void> {
  await moveReturnToReceived(tx, row, await worthOf(tx, row, received), received, newFee, actor)
  const refund = (await readReturn(tx, row.id))!.refund!
  await setAside(tx, row, refund)
  if (row.kind === 'exchange') await deps.kit.processes.startLater(tx, exchange, row.id, { returnId: row.id })
}

/** Counts the units that came back, in one order of rows for everybody, and works out what was paid for exactly these. */
async function worthOf(tx: Tx, row: ReturnRow, received: readonly ReceivedLine[]): Promise<Worth[]> {
  const units = new Map<string, number>()
  for (const { lineId, quantity } of received) units.set(lineId, (units.get(lineId) ?? 0) + quantity)
  const lines = [...row.lines].sort((a, b) => (a.line_id < b.line_id ? -1 : 1))
  const worth: Worth[] = []
  for (const { line_id: lineId, quantity } of lines) {
    const came = units.get(lineId) ?? 0
    const [line] = await tx<{ before: number; bought: number; total: bigint; tax: bigint }[]>`
      update line_units u set back = u.back + ${came}, taken = u.taken - ${quantity - came}
      from order_items i
      where u.order_id = ${row.order_id} and u.line_id = ${lineId} and i.order_id = u.order_id and i.line_id = u.line_id
      returning old.back as before, u.bought, i.total, i.tax`
    if (!line) throw new Error(`return ${row.id}: units of line ${lineId} are not counted`)
    worth.push({
      lineId,
      units: came,
      amount: shareOf(line.total, line.bought, line.before, came),
      tax: shareOf(line.tax, line.bought, line.before, came),
    })
  }
  return worth
}

async function moveReturnToReceived(
  tx: Tx,
  row: ReturnRow,
  worth: readonly Worth[],
  received: readonly ReceivedLine[],
  newFee: number | undefined,
  actor: string,
): Promise<void> {
  const goods = worth.reduce((sum, { amount }) => sum + amount, 0n)
  const [order] = await tx<{ shipping: bigint }[]>`
    select o.total - (select coalesce(sum(i.total), 0)::bigint from order_items i where i.order_id = o.id) as shipping from orders o where o.id = ${row.order_id}`
  const shipping = row.refund_shipping ? (order?.shipping ?? 0n) : 0n
  const { refund, fee } = refundOf(goods, shipping, newFee === undefined ? row.fee : BigInt(newFee))
  const looks = new Map(received.map((line) => [line.lineId, line]))
  const lines = worth.map(({ lineId, units, amount, tax }) => ({
    line_id: lineId,
    received: units,
    amount: toJsonAmount(amount),
    tax: toJsonAmount(tax),
    condition: looks.get(lineId)?.condition ?? null,
    restock: looks.get(lineId)?.restock ?? false,
  }))
  await tx`
    update return_lines l set received = v.received, amount = v.amount, tax = v.tax, condition = v.condition, restock = v.restock
    from jsonb_to_recordset(${JSON.stringify(lines)}::text::jsonb) as v(line_id uuid, received integer, amount bigint, tax bigint, condition text, restock boolean)
    where l.return_id = ${row.id} and l.line_id = v.line_id`
  const [moved] = await tx`
    with moved as (
      update returns r set status = 'received', goods_value = ${goods}, shipping_value = ${shipping}, fee = ${fee}, refund = ${refund},
        replacement_order_id = ${row.kind === 'exchange' ? uuidv7() : null}, version = r.version + 1, updated_at = now()
      where r.id = ${row.id} and r.status = 'approved' returning r.id
    )
    insert into return_history (return_id, seq, from_status, to_status, actor)
    select moved.id, 1 + (select max(h.seq) from return_history h where h.return_id = moved.id), 'approved', 'received', ${actor} from moved
    returning return_history.return_id`
  if (!moved) throw new Error(`return ${row.id} was not approved`)
}

/** Takes the refund from what the order was paid with; for an exchange it pays the replacement. */
async function setAside(tx: Tx, row: ReturnRow, refund: bigint): Promise<void> {
  if (refund === 0n) return
  const funds = await tx<(Fund & { place: number })[]>`
    select f.kind, f.reference, f.amount - f.returned as left, f.place from funds_of(${row.order_id}) f order by f.place`
  const parts = takeFrom(funds, refund).map((part, index) => ({
    ...part,
    // the first part has the id of the return: easy to find in the books of payments
    id: index === 0 ? row.id : uuidFrom(`refund of return ${row.id}, part ${index + 1}`),
    place: index + 1,
    amount: toJsonAmount(part.amount),
  }))
  const rows = JSON.stringify(parts)
  await tx`
    update order_funds f set returned = f.returned + p.amount
    from jsonb_to_recordset(${rows}::text::jsonb) as p(kind text, reference uuid, amount bigint)
    where f.order_id = ${row.order_id} and f.kind = p.kind and f.reference = p.reference`
  await tx`
    insert into return_refunds (id, return_id, place, kind, reference, amount, use)
    select p.id, ${row.id}, p.place, p.kind, p.reference, p.amount, ${row.kind === 'exchange' ? 'credit' : 'refund'}
    from jsonb_to_recordset(${rows}::text::jsonb) as p(id uuid, place smallint, kind text, reference uuid, amount bigint)`
}
