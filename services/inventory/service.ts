import { InventoryUpdated, LowStockAlert, OutOfStock, PurchaseOrderPlaced, ReservationExpired } from '#contracts/events/inventory.ts'
import { defineService } from '#kit/service/service.ts'
import { createInventory } from './deps.ts'
import { invariants } from './invariants.ts'
import { expireHolds } from './jobs/expire-holds.ts'
import { orderReactions } from './reactions/on-order-events.ts'
import { inventoryCalls } from './rpc.ts'
import { settings } from './settings.ts'

export const inventory = defineService({
  name: 'inventory',
  port: 8084,
  kind: 'model',
  summary: 'Stock per SKU and warehouse, holds for orders, the ledger of movements, alerts and reordering.',
  migrations: new URL('./migrations/', import.meta.url),
  settings,
  create: createInventory,
  rpc: inventoryCalls,
  reactions: orderReactions,
  jobs: (deps) => [{ name: 'expire-holds', everySeconds: 2, run: async (signal) => void (await expireHolds(deps, signal)) }],
  publishes: [InventoryUpdated, LowStockAlert, OutOfStock, PurchaseOrderPlaced, ReservationExpired],
  invariants,
  async bootstrap({ db }) {
    await db.sql`insert into warehouses (key, name, priority) select 'main', 'Main warehouse', 10 where not exists (select from warehouses)`
  },
})
