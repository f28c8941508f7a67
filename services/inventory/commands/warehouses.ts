import type { Query } from '#kit/db/db.ts'
import { errors } from '../errors.ts'
import type { WarehouseView } from '../queries/stock-views.ts'

export interface WarehouseChange {
  readonly name: string
  readonly priority: number
  readonly country: string | null
}

export async function createWarehouse(
  tx: Query,
  key: string,
  { name, priority, country }: WarehouseChange,
): Promise<WarehouseView> {
  const [row] = await tx<WarehouseView[]>`
    insert into warehouses as w (key, name, priority, country) values (${key}, ${name}, ${priority}, ${country})
        on conflict do nothing returning w.key, w.name, w.priority, w.country, w.active, w.version`
  if (!row) throw errors.warehouseExists({ key })
  return row
}

/** Also brings a closed warehouse back. */
export async function updateWarehouse(
  tx: Query,
  key: string,
  { name, priority, country }: WarehouseChange,
  expectedVersion: number | undefined,
): Promise<WarehouseView> {
  const [row] = await tx<WarehouseView[]>`
    update warehouses w set name = ${name}, priority = ${priority}, country = ${country}, active = true, version = w.version + 1
     where w.key = ${key} and (${expectedVersion ?? null}::integer is null or w.version = ${expectedVersion ?? null})
    returning w.key, w.name, w.priority, w.country, w.active, w.version`
  if (row) return row
  const known = await tx`select from warehouses w where w.key = ${key}`
  throw known.length > 0 ? errors.versionConflict({ key }) : errors.warehouseNotFound({ key })
}

/** An empty warehouse is closed: the ledger keeps naming it. One with stock, or the last one, is refused. */
export async function closeWarehouse(tx: Query, key: string): Promise<void> {
  // all rows in order of key: two closings at once must not leave the shop without a warehouse
  const all = await tx<{ key: string; active: boolean }[]>`select w.key, w.active from warehouses w order by w.key for update`
  if (!all.some((warehouse) => warehouse.key === key)) throw errors.warehouseNotFound({ key })
  const full = await tx`select from stock s where s.warehouse = ${key} and (s.on_hand > 0 or s.owed > 0) limit 1`
  if (full.length > 0 || !all.some((warehouse) => warehouse.active && warehouse.key !== key)) throw errors.warehouseInUse({ key })
  await tx`update warehouses w set active = false, version = w.version + 1 where w.key = ${key} and w.active`
}
