import Type, { type Static } from 'typebox'
import { Nullable, Sku, Timestamp, Uuid } from '#contracts/values.ts'
import type { Query } from '#kit/db/db.ts'
import { closed } from '#kit/messaging/event.ts'

const units = Type.Integer({ minimum: 0 })
const alert = Type.Union([Type.Literal('ok'), Type.Literal('low'), Type.Literal('out')])

export const ShelfView = closed({
  warehouse: Type.String(),
  onHand: units,
  reserved: units,
  owed: units,
  available: units,
  version: Type.Integer(),
})

/** All that staff see of a SKU. `version` counts changes of the settings, for If-Match. */
export const ItemView = closed({
  sku: Sku,
  onHand: units,
  reserved: units,
  /** promised beyond the shelf (back-orders) */
  owed: units,
  available: units,
  /** on its way from suppliers */
  incoming: units,
  alert,
  allowBackorder: Type.Boolean(),
  lowStockThreshold: units,
  reorderPoint: Nullable(units),
  reorderQuantity: Nullable(units),
  leadTimeDays: units,
  supplier: Nullable(Type.String()),
  version: Type.Integer(),
  shelves: Type.Array(ShelfView),
})
export type ItemView = Static<typeof ItemView>

/** What everybody may know about a SKU. */
export const PublicLevel = closed({ sku: Sku, available: units, inStock: Type.Boolean(), backorder: Type.Boolean() })

export const MovementView = closed({
  id: Type.Integer(),
  sku: Sku,
  warehouse: Type.String(),
  delta: Type.Integer(),
  kind: Type.String(),
  reference: Nullable(Type.String()),
  reason: Type.String(),
  actor: Nullable(Type.String()),
  at: Timestamp,
})

export const PurchaseOrderView = closed({
  id: Uuid,
  sku: Sku,
  warehouse: Type.String(),
  supplier: Nullable(Type.String()),
  quantity: units,
  received: units,
  state: Type.Union([
    Type.Literal('placed'),
    Type.Literal('partly-received'),
    Type.Literal('received'),
    Type.Literal('cancelled'),
  ]),
  automatic: Type.Boolean(),
  expectedAt: Timestamp,
  placedAt: Timestamp,
  closedAt: Nullable(Timestamp),
  version: Type.Integer(),
})
export type PurchaseOrderView = Static<typeof PurchaseOrderView>

export const WarehouseView = closed({
  key: Type.String(),
  name: Type.String(),
  priority: Type.Integer(),
  country: Nullable(Type.String()),
  active: Type.Boolean(),
  version: Type.Integer(),
})
export type WarehouseView = Static<typeof WarehouseView>

/** Columns of an item view, for a statement over `items i`. */
export function itemColumns(sql: Query) {
  return sql`
    i.sku, i.alert, i.allow_backorder as "allowBackorder", i.low_stock_threshold as "lowStockThreshold", i.reorder_point as "reorderPoint",
    i.reorder_quantity as "reorderQuantity", i.lead_time_days as "leadTimeDays", i.supplier, i.version,
    coalesce((select sum(s.on_hand) from stock s where s.sku = i.sku), 0)::integer as "onHand",
    coalesce((select sum(s.reserved) from stock s where s.sku = i.sku), 0)::integer as reserved,
    coalesce((select sum(s.owed) from stock s where s.sku = i.sku), 0)::integer as owed,
    coalesce((select sum(greatest(s.on_hand - s.reserved - s.owed, 0)) from stock s where s.sku = i.sku), 0)::integer as available,
    coalesce((select sum(p.quantity - p.received) from purchase_orders p where p.sku = i.sku and p.state in ('placed', 'partly-received')), 0)::integer as incoming,
    coalesce((select jsonb_agg(jsonb_build_object('warehouse', s.warehouse, 'onHand', s.on_hand, 'reserved', s.reserved, 'owed', s.owed,
                                 'available', greatest(s.on_hand - s.reserved - s.owed, 0), 'version', s.version) order by s.warehouse)
                from stock s where s.sku = i.sku), '[]') as shelves`
}

export async function getItem(sql: Query, sku: string): Promise<ItemView | undefined> {
  const [row] = await sql<ItemView[]>`select ${itemColumns(sql)} from items i where i.sku = ${sku}`
  return row
}

/** Columns of a purchase order view, for a statement over `purchase_orders p`. */
export function purchaseOrderColumns(sql: Query) {
  return sql`p.id, p.sku, p.warehouse, p.supplier, p.quantity, p.received, p.state, p.automatic, p.expected_at, p.placed_at, p.closed_at, p.version`
}

export interface PurchaseOrderRow extends Omit<PurchaseOrderView, 'expectedAt' | 'placedAt' | 'closedAt'> {
  expected_at: Date
  placed_at: Date
  closed_at: Date | null
}

export function toPurchaseOrder({ expected_at, placed_at, closed_at, ...row }: PurchaseOrderRow): PurchaseOrderView {
  const { id, sku, warehouse, supplier, quantity, received, state, automatic, version } = row
  return {
    id,
    sku,
    warehouse,
    supplier,
    quantity,
    received,
    state,
    automatic,
    version,
    expectedAt: expected_at.toISOString(),
    placedAt: placed_at.toISOString(),
    closedAt: closed_at?.toISOString() ?? null,
  }
}

export async function getPurchaseOrder(sql: Query, id: string): Promise<PurchaseOrderView | undefined> {
  const [row] = await sql<PurchaseOrderRow[]>`select ${purchaseOrderColumns(sql)} from purchase_orders p where p.id = ${id}`
  return row && toPurchaseOrder(row)
}
