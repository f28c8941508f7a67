import { PurchaseOrderPlaced } from '#contracts/events/inventory.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import type { InventoryDeps } from '../deps.ts'
import { receivePurchaseOrder } from '../commands/purchase-orders.ts'

const MOST = 100

/** Orders more of every SKU whose stock, with what is already on its way, fell to its reorder point. Returns how many were placed. */
export async function reorder({ db, kit }: InventoryDeps): Promise<number> {
  const short = await db.sql<{ sku: string; quantity: number }[]>`
    select i.sku, i.reorder_quantity as quantity
      from items i
     where i.reorder_point is not null
       and not exists (select from purchase_orders p where p.sku = i.sku and p.automatic and p.state in ('placed', 'partly-received'))
       and coalesce((select sum(s.on_hand - s.reserved - s.owed) from stock s where s.sku = i.sku), 0)
         + coalesce((select sum(p.quantity - p.received) from purchase_orders p where p.sku = i.sku and p.state in ('placed', 'partly-received')), 0)
        <= i.reorder_point
     order by i.sku limit ${MOST}`
  if (short.length === 0) return 0
  const orders = JSON.stringify(short.map((row) => ({ ...row, id: uuidv7() })))
  return await db.tx(async (tx) => {
    const placed = await tx<{ purchaseOrderId: string; sku: string; quantity: number }[]>`
      insert into purchase_orders (id, sku, warehouse, supplier, quantity, automatic, expected_at)
      select o.id, o.sku, (warehouse_order(null))[1], i.supplier, o.quantity, true, now() + make_interval(days => i.lead_time_days)
        from jsonb_to_recordset(${orders}::text::jsonb) as o(id uuid, sku text, quantity integer)
        join items i on i.sku = o.sku
          on conflict do nothing
      returning id as "purchaseOrderId", sku, quantity`
    await kit.outbox.append(
      tx,
      placed.map((order) => PurchaseOrderPlaced(order)),
    )
    return placed.length
  })
}

/** A supplier for shops that are only tried out: what is due arrives, a day of lead time lasting `simulatedDaySeconds`. Never in production. */
export async function simulateSupplier({ db, kit }: InventoryDeps): Promise<number> {
  if (kit.environment === 'production' || !kit.settings.simulatedSupplier) return 0
  const due = await db.sql<{ id: string }[]>`
    select p.id from purchase_orders p
     where p.state in ('placed', 'partly-received')
       and p.placed_at + (p.expected_at - p.placed_at) * (${kit.settings.simulatedDaySeconds}::float8 / 86400) <= now()
     order by p.id limit ${MOST}`
  for (const { id } of due) {
    await db.tx(
      async (tx) => await receivePurchaseOrder(tx, id, { quantity: null, reference: 'simulated', actor: 'simulated supplier' }),
    )
  }
  return due.length
}
