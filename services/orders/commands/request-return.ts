import Type, { type Static } from 'typebox'
import { ReturnApproved, ReturnRequested } from '#contracts/events/orders.ts'
import { returnGoods } from '#contracts/processes/return.ts'
import { Quantity, Sku, Uuid } from '#contracts/values.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import type { Tx } from '#kit/db/db.ts'
import { closed } from '#kit/messaging/event.ts'
import { summed } from '../basket.ts'
import type { OrdersDeps } from '../deps.ts'
import type { OrderView } from '../order-view.ts'
import { readPlaced } from '../queries/placed-order.ts'
import { type ReturnKind, shareOf } from '../return.ts'
import { returnErrors } from '../return-errors.ts'
import { readReturn, type ReturnRow } from '../return-store.ts'
import { ReasonCode } from '../return-view.ts'
import type { VisibleOrder } from '../visible-order.ts'
import { errors } from '../errors.ts'

const Line = { lineId: Uuid, quantity: Quantity, reason: ReasonCode }
const comment = Type.Optional(Type.String({ minLength: 1, maxLength: 1000 }))
export const RequestReturnBody = closed({ lines: Type.Array(closed(Line), { minItems: 1, maxItems: 200 }), comment })
export const RequestExchangeBody = closed({
  lines: Type.Array(closed({ ...Line, wantedSku: Sku }), { minItems: 1, maxItems: 200 }),
  comment,
})

export interface ReturnRequest {
  readonly kind: ReturnKind
  readonly lines: readonly (Static<(typeof RequestReturnBody)['properties']['lines']>[number] & { readonly wantedSku?: string })[]
  readonly comment?: string | undefined
}

/**
 * A customer (or staff for one) wants to send goods back. Units are taken by one conditional statement, so that many requests at
 * once never exceed what was bought. Staff is not bound by the return window. Throws the refusals of return-errors.ts and
 * errors.notOnSale.
 */
export async function requestReturn(
  deps: OrdersDeps,
  tx: Tx,
  { order, isOwner, actor }: VisibleOrder,
  request: ReturnRequest,
): Promise<ReturnRow> {
  const lines = announced(order, request)
  // Asked before anything is locked.
  const prices = await wantedPrices(deps, order, request)
  await checkTime(deps, tx, order, isOwner)
  await checkNoGiftCards(
    tx,
    order,
    lines.map(({ item }) => item.lineId),
  )
  const units = lines.map(({ item, quantity }) => ({ line_id: item.lineId, quantity }))
  const [taken] = await tx<{ taken: bigint }[]>`select take_units(${order.id}, ${JSON.stringify(units)}::text::jsonb) as taken`
  if (Number(taken?.taken) !== lines.length) throw returnErrors.tooManyUnits({ orderId: order.id })

  const value = lines.reduce(
    (sum, { item, quantity }) => sum + shareOf(BigInt(item.total.amount), item.quantity, 0, quantity),
    0n,
  )
  const approved = isOwner && value <= BigInt(deps.kit.settings.returnsAutoApproveUpTo)
  const id = uuidv7()
  await tx`
    insert into returns (id, order_id, kind, status, channel, currency, comment)
    values (${id}, ${order.id}, ${request.kind}, ${approved ? 'approved' : 'requested'}, ${order.channel}, ${order.total.currency}, ${request.comment ?? null})`
  const rows = lines.map(({ item, quantity, reason, wantedSku }, index) => ({
    line_no: index + 1,
    line_id: item.lineId,
    sku: item.sku,
    title: item.title,
    quantity,
    reason,
    wanted_sku: wantedSku ?? null,
    wanted_price: wantedSku === undefined ? null : (prices.get(wantedSku) ?? null),
  }))
  await tx`
    insert into return_lines (return_id, line_no, line_id, sku, title, quantity, reason, wanted_sku, wanted_price)
    select ${id}, l.line_no, l.line_id, l.sku, l.title, l.quantity, l.reason, l.wanted_sku, l.wanted_price
    from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as l(line_no integer, line_id uuid, sku text, title text, quantity integer, reason text,
      wanted_sku text, wanted_price bigint)`
  await tx`
    insert into return_history (return_id, seq, from_status, to_status, actor) values (${id}, 1, null, 'requested', ${actor})`
  if (approved)
    await tx`insert into return_history (return_id, seq, from_status, to_status, actor) values (${id}, 2, 'requested', 'approved', 'rule')`

  const facts = { ...(await readPlaced(tx, order.id))!.facts, returnId: id, kind: request.kind }
  await deps.kit.outbox.append(tx, [ReturnRequested(facts), ...(approved ? [ReturnApproved(facts)] : [])])
  await deps.kit.processes.startLater(tx, returnGoods, id, {
    returnId: id,
    orderId: order.id,
    kind: request.kind,
    lines: summed(lines.map(({ item, quantity }) => ({ sku: item.sku, quantity }))),
    approved,
    sendWithinSeconds: deps.kit.settings.returnsSendWithinDays * 86_400,
  })
  return (await readReturn(tx, id))!
}

/** The lines of the order that are meant. A line may be named once: two reasons for one line would be two returns. */
function announced(order: OrderView, { lines }: ReturnRequest) {
  const seen = new Set<string>()
  return lines.map((line, index) => {
    const item = order.items.find(({ lineId }) => lineId === line.lineId)
    if (!item || seen.has(line.lineId))
      throw returnErrors.unknownLine(
        {},
        { fields: [{ pointer: `/lines/${index}/lineId`, message: item ? 'is named twice' : 'is no line of the order' }] },
      )
    seen.add(line.lineId)
    return { ...line, item }
  })
}

async function wantedPrices(deps: OrdersDeps, order: OrderView, { kind, lines }: ReturnRequest): Promise<Map<string, number>> {
  if (kind !== 'exchange') return new Map()
  const wanted = summed(lines.map(({ wantedSku, quantity }) => ({ sku: wantedSku!, quantity })))
  const groups = order.customerId === null ? [] : (await deps.users.customerGroups({ userId: order.customerId })).groups
  const answer = await deps.products.price({
    channel: order.channel,
    locale: order.locale,
    customerGroups: groups,
    lines: wanted,
    ...(order.shippingAddress ? { country: order.shippingAddress.country } : {}),
  })
  const refused = [
    ...answer.refused.map(({ sku }) => sku),
    ...answer.lines.filter(({ giftCard }) => giftCard).map(({ sku }) => sku),
  ]
  if (refused.length > 0 || answer.currency !== order.total.currency) throw errors.notOnSale({ refused })
  return new Map(answer.lines.map(({ sku, unitPrice }) => [sku, unitPrice]))
}

async function checkTime(deps: OrdersDeps, tx: Tx, order: OrderView, isOwner: boolean): Promise<void> {
  if (order.status !== 'DELIVERED' && order.status !== 'COMPLETED')
    throw returnErrors.notDelivered({ orderId: order.id, status: order.status })
  if (!isOwner) return
  const days = deps.kit.settings.returnDays
  const [inTime] = await tx`
    select 1 from order_history h where h.order_id = ${order.id} and h.to_status = 'DELIVERED' and h.at >= now() - make_interval(days => ${days})`
  if (!inTime) throw returnErrors.returnWindowOver({ orderId: order.id, days })
}

async function checkNoGiftCards(tx: Tx, order: OrderView, lineIds: string[]): Promise<void> {
  const [card] = await tx`
    select 1 from order_gift_lines g join order_items i on i.order_id = g.order_id and i.line_no = g.line_no
    where g.order_id = ${order.id} and i.line_id = any(${lineIds}::uuid[])`
  if (card) throw returnErrors.notReturnable({ orderId: order.id })
}
