import { PurchaseOrderPlaced } from '#contracts/events/inventory.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import type { Query } from '#kit/db/db.ts'
import { isForeignKeyViolation } from '#kit/db/pg-errors.ts'
import type { InventoryDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { changeStock } from './change-stock.ts'

export interface NewPurchaseOrder {
  readonly sku: string
  /** null: the first warehouse */
  readonly warehouse: string | null
  readonly quantity: number
  readonly supplier: string | null
  /** null: after the SKU's lead time */
  readonly expectedAt: string | null
}

/** Orders more of a SKU by hand. Returns the id. Unknown SKU or warehouse: refused. */
export async function placePurchaseOrder({ kit }: InventoryDeps, tx: Query, order: NewPurchaseOrder): Promise<string> {
  const id = uuidv7()
  try {
    const rows = await tx`
      insert into purchase_orders (id, sku, warehouse, supplier, quantity, expected_at)
      select ${id}, i.sku, coalesce(${order.warehouse}::text, (warehouse_order(null))[1]), coalesce(${order.supplier}::text, i.supplier), ${order.quantity},
             coalesce(${order.expectedAt}::timestamptz, now() + make_interval(days => i.lead_time_days))
        from items i where i.sku = ${order.sku}
      returning 1`
    if (rows.length === 0) throw errors.notFound({ sku: order.sku })
  } catch (error) {
    if (isForeignKeyViolation(error)) throw errors.unknownWarehouse({ warehouse: order.warehouse })
    throw error
  }
  await kit.outbox.append(tx, [PurchaseOrderPlaced({ purchaseOrderId: id, sku: order.sku, quantity: order.quantity })])
  return id
}

/**
 * Goods arrived, all or a part. Adds them to the shelf and closes the order when everything is there. `quantity` null: all that is
 * open. `reference` makes a receipt that is reported twice count once.
 */
export async function receivePurchaseOrder(
  tx: Query,
  id: string,
  receipt: { quantity: number | null; reference: string | null; actor: string },
): Promise<void> {
  const [order] = await tx<{ sku: string; warehouse: string; quantity: number; received: number; state: string }[]>`
    select p.sku, p.warehouse, p.quantity, p.received, p.state from purchase_orders p where p.id = ${id} for update`
  if (!order) throw errors.purchaseOrderNotFound({ purchaseOrderId: id })
  const reference = `purchase-order:${id}:${receipt.reference ?? uuidv7()}`
  const repeated = await tx`select from applied_references a where a.reference = ${reference} and a.sku = ${order.sku}`
  if (repeated.length > 0) return
  if (order.state === 'received' || order.state === 'cancelled')
    throw errors.purchaseOrderClosed({ purchaseOrderId: id, state: order.state })
  const open = order.quantity - order.received
  const units = receipt.quantity ?? open
  if (units > open) throw errors.receiptTooLarge({ open })
  await changeStock(tx, [
    {
      sku: order.sku,
      warehouse: order.warehouse,
      delta: units,
      kind: 'receipt',
      reason: 'purchase order',
      actor: receipt.actor,
      reference,
    },
  ])
  await tx`
    update purchase_orders p
       set received = p.received + ${units}, version = p.version + 1,
           state = case when p.received + ${units} = p.quantity then 'received' else 'partly-received' end,
           closed_at = case when p.received + ${units} = p.quantity then now() end
     where p.id = ${id}`
}

/** Nothing more will come. What arrived stays. */
export async function cancelPurchaseOrder(tx: Query, id: string): Promise<void> {
  const rows = await tx`
    update purchase_orders p set state = 'cancelled', closed_at = now(), version = p.version + 1
     where p.id = ${id} and p.state in ('placed', 'partly-received') returning 1`
  if (rows.length > 0) return
  const [order] = await tx<{ state: string }[]>`select p.state from purchase_orders p where p.id = ${id}`
  if (!order) throw errors.purchaseOrderNotFound({ purchaseOrderId: id })
  if (order.state !== 'cancelled') throw errors.purchaseOrderClosed({ purchaseOrderId: id, state: order.state })
}
