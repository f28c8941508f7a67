import {
  InventoryUpdated,
  LowStockAlert,
  OutOfStock,
  PurchaseOrderPlaced,
  ReservationExpired,
} from '#contracts/events/inventory.ts'
import { defineService } from '#kit/service/service.ts'
import { createInventory, type InventoryDeps } from './deps.ts'
import { figures } from './figures.ts'
import { invariants } from './invariants.ts'
import { expireHolds } from './jobs/expire-holds.ts'
import { reorder, simulateSupplier } from './jobs/reorder.ts'
import { serveBackOrders } from './jobs/serve-back-orders.ts'
import { tellLevelsOften } from './jobs/tell-levels.ts'
import { orderReactions } from './reactions/on-order-events.ts'
import { productReactions } from './reactions/on-product-events.ts'
import { holdRoutes } from './routes/holds.ts'
import { levelRoutes } from './routes/levels.ts'
import { purchaseOrderRoutes } from './routes/purchase-orders.ts'
import { warehouseRoutes } from './routes/warehouses.ts'
import { inventoryCalls } from './rpc.ts'
import { seedStock } from './seed.ts'
import { settings } from './settings.ts'

export const inventory = defineService({
  name: 'inventory',
  port: 8084,
  kind: 'model',
  summary: 'Stock per SKU and warehouse, holds for orders, the ledger of movements, alerts and reordering.',
  apart: { group: 'shop' },
  migrations: new URL('./migrations/', import.meta.url),
  settings,
  create: createInventory,
  routes: (deps) => [...levelRoutes(deps), ...holdRoutes(deps), ...warehouseRoutes(deps), ...purchaseOrderRoutes(deps)],
  rpc: inventoryCalls,
  reactions: () => [...orderReactions(), ...productReactions()],
  attention: () => ({ pauseMs: 25 }),
  jobs: (deps: InventoryDeps) => [
    tellLevelsOften(deps),
    { name: 'expire-holds', everySeconds: 2, run: async (signal) => void (await expireHolds(deps, signal)) },
    { name: 'serve-back-orders', everySeconds: 2, run: async (signal) => void (await serveBackOrders(deps, signal)) },
    { name: 'reorder', everySeconds: 5, run: async () => void (await reorder(deps)) },
    { name: 'simulate-supplier', everySeconds: 5, run: async () => void (await simulateSupplier(deps)) },
  ],
  seed: seedStock,
  publishes: [InventoryUpdated, LowStockAlert, OutOfStock, PurchaseOrderPlaced, ReservationExpired],
  figures,
  invariants,
  health: async ({ db }) => {
    const [row] = await db.sql<{ skus: number; held: number }[]>`
      select (select greatest(c.reltuples, 0)::integer from pg_class c where c.oid = 'items'::regclass) as skus,
             (select count(*)::integer from (select from reservations x where x.state = 'held' limit 100000) x) as held`
    return { skusAbout: row!.skus, openHolds: row!.held }
  },
  /** A shop needs a place to put things. */
  async bootstrap({ db }) {
    await db.sql`insert into warehouses (key, name, priority) select 'main', 'Main warehouse', 10 where not exists (select from warehouses)`
  },
})
