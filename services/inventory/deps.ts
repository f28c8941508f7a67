import { productsRpc } from '#contracts/rpc/products.ts'
import type { Db } from '#kit/db/db.ts'
import type { ServiceKit } from '#kit/service/service.ts'
import { createWarehousesOf, type WarehousesOf } from './channel-warehouses.ts'
import { createHolds, type Holds } from './holds.ts'
import type { InventorySettings } from './settings.ts'

export interface InventoryDeps {
  readonly kit: ServiceKit<InventorySettings>
  readonly db: Db
  readonly holds: Holds
  readonly warehousesOf: WarehousesOf
}

export function createInventory(kit: ServiceKit<InventorySettings>): InventoryDeps {
  return { kit, db: kit.db, holds: createHolds(kit.db), warehousesOf: createWarehousesOf(kit.rpc(productsRpc)) }
}
