import Type, { type Static } from 'typebox'
import { Nullable, Sku } from '#contracts/values.ts'
import { closed } from '#kit/messaging/event.ts'
import type { StockChange, StockChangeResult } from '../commands/change-stock.ts'
import { MOST_UNITS } from '../levels.ts'

const WarehouseKey = Type.String({ minLength: 1, maxLength: 40 })
const units = Type.Integer({ minimum: 0, maximum: MOST_UNITS })
const reason = Type.String({ minLength: 1, maxLength: 200, description: 'why, for the ledger' })

/** One correction: `delta` units come or go, or `onHand` units were counted. */
export const ChangeBody = closed({
  sku: Sku,
  warehouse: Type.Optional(WarehouseKey),
  delta: Type.Optional(Type.Integer({ minimum: -MOST_UNITS, maximum: MOST_UNITS })),
  onHand: Type.Optional(units),
  reason,
  reference: Type.Optional(
    Type.String({ minLength: 1, maxLength: 100, description: 'a repeat with the same reference changes nothing' }),
  ),
})
export type ChangeBody = Static<typeof ChangeBody>

export const ChangeResult = closed({
  sku: Sku,
  outcome: Type.Union([
    Type.Literal('applied'),
    Type.Literal('repeated'),
    Type.Literal('unknown-warehouse'),
    Type.Literal('below-reserved'),
  ]),
  /** units that came or went */
  change: Type.Integer(),
  onHand: Nullable(Type.Integer()),
})

export const SaveItemBody = closed({
  levels: Type.Optional(Type.Array(closed({ warehouse: WarehouseKey, onHand: units }), { maxItems: 100 })),
  reason: Type.Optional(reason),
  allowBackorder: Type.Optional(Type.Boolean()),
  lowStockThreshold: Type.Optional(units),
  /** null switches automatic reordering off; needs reorderQuantity */
  reorderPoint: Type.Optional(Nullable(units)),
  reorderQuantity: Type.Optional(Nullable(Type.Integer({ minimum: 1, maximum: 1_000_000 }))),
  leadTimeDays: Type.Optional(Type.Integer({ minimum: 0, maximum: 730 })),
  supplier: Type.Optional(Nullable(Type.String({ maxLength: 200 }))),
})
export type SaveItemBody = Static<typeof SaveItemBody>

/** Without either number nothing changes: a delta of 0. */
export function change(body: ChangeBody, actor: string): StockChange {
  const { sku, warehouse = null, delta, onHand, reason: why, reference = null } = body
  return {
    sku,
    warehouse,
    ...(onHand === undefined ? { delta: delta ?? 0 } : { level: onHand }),
    kind: 'adjustment',
    reason: why,
    actor,
    reference: reference === null ? null : `adjustment:${reference}`,
  }
}

export function toResult(body: ChangeBody, result: StockChangeResult): Static<typeof ChangeResult> {
  return { sku: body.sku, outcome: result.outcome, change: result.change, onHand: result.on_hand }
}
