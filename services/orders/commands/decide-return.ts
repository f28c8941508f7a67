import Type, { type Static } from 'typebox'
import { ReturnApproved, ReturnRejected } from '#contracts/events/orders.ts'
import { type ReturnDecision, returnGoods } from '#contracts/processes/return.ts'
import { MinorUnits } from '#kit/core/money.ts'
import type { Tx } from '#kit/db/db.ts'
import { isUniqueViolation } from '#kit/db/pg-errors.ts'
import { closed } from '#kit/messaging/event.ts'
import type { OrdersDeps } from '../deps.ts'
import { readPlaced } from '../queries/placed-order.ts'
import { decide, type ReturnCommand } from '../return.ts'
import { returnErrors } from '../return-errors.ts'
import { lockReturn, moveReturn, readReturn, type ReturnRow, stateOf } from '../return-store.ts'

export const ApproveBody = closed({
  /** minor units kept from the refund */
  fee: Type.Optional(MinorUnits),
  /** give the shipping of the order back as well; once an order */
  refundShipping: Type.Optional(Type.Boolean()),
  note: Type.Optional(Type.String({ minLength: 1, maxLength: 1000 })),
})
/** `reason` is what the customer is told. */
export const RejectBody = closed({ reason: Type.String({ minLength: 1, maxLength: 1000 }) })

/** → APPROVED, once: the flow makes the label. Again changes nothing. Throws errors of return-errors.ts. */
export async function approveReturn(
  deps: OrdersDeps,
  tx: Tx,
  returnId: string,
  actor: string,
  body: Static<typeof ApproveBody>,
): Promise<ReturnRow> {
  const row = await locked(tx, returnId)
  if (!isNews(row, { type: 'approve' })) return row
  await moveReturn(tx, { returnId, from: row.status, to: 'approved', actor, note: body.note })
  try {
    await tx.savepoint(
      (inner) =>
        inner`update returns r set fee = ${body.fee ?? 0}, refund_shipping = ${body.refundShipping ?? false} where r.id = ${returnId}`,
    )
  } catch (error) {
    if (isUniqueViolation(error, 'returns_shipping_once')) throw returnErrors.shippingRefundedBefore({ orderId: row.order_id })
    throw error
  }
  await deps.kit.outbox.append(tx, [ReturnApproved(await factsOf(tx, row))])
  await tell(deps, tx, returnId, { type: 'approved' })
  return (await readReturn(tx, returnId))!
}

/** → REJECTED: the units may be returned another time. */
export async function rejectReturn(
  deps: OrdersDeps,
  tx: Tx,
  returnId: string,
  actor: string,
  { reason }: Static<typeof RejectBody>,
): Promise<ReturnRow> {
  const row = await locked(tx, returnId)
  if (!isNews(row, { type: 'reject' })) return row
  await moveReturn(tx, { returnId, from: row.status, to: 'rejected', actor, note: reason })
  await tx`update returns r set reason = ${reason} where r.id = ${returnId}`
  await freeUnits(tx, row)
  await deps.kit.outbox.append(tx, [ReturnRejected({ ...(await factsOf(tx, row)), reason })])
  await tell(deps, tx, returnId, { type: 'rejected' })
  return (await readReturn(tx, returnId))!
}

export async function locked(tx: Tx, returnId: string): Promise<ReturnRow> {
  const row = await lockReturn(tx, returnId)
  if (!row) throw returnErrors.returnNotFound({ returnId })
  return row
}

/** Whether the command changes anything; throws where the return is past it. */
export function isNews(row: ReturnRow, command: ReturnCommand): boolean {
  const decision = decide(stateOf(row), command)
  if (decision.outcome === 'refused') {
    const details = { returnId: row.id, status: row.status }
    if (decision.reason === 'more-than-announced') throw returnErrors.moreThanAnnounced(details)
    if (decision.reason === 'unknown-line') throw returnErrors.unknownLine(details)
    if (decision.reason === 'nothing-received') throw returnErrors.nothingReceived(details)
    throw returnErrors.returnDecided(details)
  }
  return decision.outcome === 'fact'
}

export async function factsOf(tx: Tx, row: Pick<ReturnRow, 'id' | 'order_id' | 'kind'>) {
  const order = await readPlaced(tx, row.order_id)
  return { ...order!.facts, returnId: row.id, kind: row.kind }
}

/** None of the units will come. */
export async function freeUnits(tx: Tx, row: ReturnRow): Promise<void> {
  const units = row.lines.map(({ line_id, quantity }) => ({ line_id, quantity }))
  await tx`select free_units(${row.order_id}, ${JSON.stringify(units)}::text::jsonb)`
}

async function tell(deps: OrdersDeps, tx: Tx, returnId: string, happening: ReturnDecision): Promise<void> {
  await deps.kit.processes.post(tx, returnGoods, returnId, happening, { whileRunning: true })
}
