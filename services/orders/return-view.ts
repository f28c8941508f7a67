import Type, { type Static } from 'typebox'
import { ChannelKey, Nullable, Quantity, Sku, Timestamp, Uuid } from '#contracts/values.ts'
import { MoneyJson, toJsonAmount } from '#kit/core/money.ts'
import { closed } from '#kit/messaging/event.ts'
import { CONDITIONS, REASONS, RETURN_STATUSES } from './return.ts'
import type { ReturnRow } from './return-store.ts'

const oneOf = <T extends string>(values: readonly T[]) => Type.Unsafe<T>({ type: 'string', enum: [...values] })
export const ReasonCode = oneOf(REASONS)
export const ConditionCode = oneOf(CONDITIONS)
export const ReturnStatusCode = oneOf(RETURN_STATUSES)
export const ReturnKindCode = oneOf(['return', 'exchange'] as const)

export const ReturnView = closed({
  id: Uuid,
  orderId: Uuid,
  orderNumber: Type.String(),
  kind: ReturnKindCode,
  status: ReturnStatusCode,
  channel: ChannelKey,
  lines: Type.Array(
    closed({
      lineId: Uuid,
      sku: Sku,
      title: Type.String(),
      /** units announced */
      quantity: Quantity,
      reason: ReasonCode,
      /** units that arrived; null: not yet */
      received: Nullable(Type.Integer()),
      condition: Nullable(ConditionCode),
      /** what was paid for the units that arrived, tax and discounts included */
      amount: Nullable(MoneyJson),
      /** an exchange: what comes instead, and its price */
      wanted: Nullable(closed({ sku: Sku, unitPrice: MoneyJson })),
    }),
  ),
  comment: Nullable(Type.String()),
  /** why it was rejected */
  reason: Nullable(Type.String()),
  /** for staff: something waits for a person */
  problem: Nullable(Type.String()),
  trackingNumber: Nullable(Type.String()),
  /** where the customer gets the label, for some days; only where one return is asked for */
  labelUrl: Nullable(Type.String()),
  fee: MoneyJson,
  refundsShipping: Type.Boolean(),
  /** what goes back, or into the replacement: goods + shipping − fee; null until the goods are here */
  refund: Nullable(MoneyJson),
  /** an exchange: the order that brings the other goods; it waits for a payment if they cost more */
  replacementOrderId: Nullable(Uuid),
  requestedAt: Timestamp,
  version: Type.Integer(),
})
export type ReturnView = Static<typeof ReturnView>

/** `forStaff`: with what only concerns the shop. */
export function returnViewOf(row: ReturnRow, forStaff: boolean, labelUrl: string | null = null): ReturnView {
  const money = (amount: bigint | number) => ({
    amount: typeof amount === 'bigint' ? toJsonAmount(amount) : amount,
    currency: row.currency,
  })
  return {
    id: row.id,
    orderId: row.order_id,
    orderNumber: row.order_number,
    kind: row.kind,
    status: row.status,
    channel: row.channel,
    lines: row.lines.map((line) => ({
      lineId: line.line_id,
      sku: line.sku,
      title: line.title,
      quantity: line.quantity,
      reason: line.reason,
      received: line.received,
      condition: line.condition,
      amount: line.amount === null ? null : money(line.amount),
      wanted: line.wanted_sku === null ? null : { sku: line.wanted_sku, unitPrice: money(line.wanted_price ?? 0) },
    })),
    comment: row.comment,
    reason: row.reason,
    problem: forStaff ? row.problem : null,
    trackingNumber: row.tracking_number,
    labelUrl,
    fee: money(row.fee),
    refundsShipping: row.refund_shipping,
    refund: row.refund === null ? null : money(row.refund),
    replacementOrderId: row.replacement_order_id,
    requestedAt: row.requested_at.toISOString(),
    version: Number(row.version),
  }
}
