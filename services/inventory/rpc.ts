import type { Static } from 'typebox'
import { inventoryRpc, type ReserveOutcome } from '#contracts/rpc/inventory.ts'
import { implement } from '#kit/rpc/rpc.ts'
import { amendStock } from './commands/amend-stock.ts'
import { importMovements } from './commands/import-movements.ts'
import type { InventoryDeps } from './deps.ts'
import type { ReserveRow } from './holds.ts'
import { availability, groupedAvailability } from './queries/availability.ts'
import { watchLevels } from './queries/watch-levels.ts'

/** What the other services may ask. reserve, commit and release are on the way of every checkout: one grouped statement each. */
export function inventoryCalls(deps: InventoryDeps) {
  const { db, holds, warehousesOf } = deps
  // not from a copy: a cart asks here before it refuses anybody
  const levels = groupedAvailability(db.sql)
  const restock = ({ reference, orderId, lines, reason }: Static<typeof inventoryRpc.methods.restock.input>) =>
    db.sql`select restock(${reference}, ${orderId}::uuid, ${JSON.stringify(lines)}::text::jsonb, ${reason})`
  return implement(inventoryRpc, {
    reserve: async ({ orderId, channel, lines, ttlSeconds }, { late }) =>
      reserveOutcome(
        await holds.reserve({ order: orderId, ttl: ttlSeconds, warehouses: await warehousesOf(channel), lines }, late),
      ),
    commit: async ({ orderId }, { late }) => ({ outcome: await holds.commit(orderId, late) }),
    release: async ({ orderId, reason }) => ({ outcome: await holds.release({ order: orderId, reason }) }),
    restock: async (goods) => {
      await restock(goods)
      return {}
    },
    giveBack: async ({ orderId, lines, reason }) => {
      const outcome = await holds.release({ order: orderId, reason })
      if (outcome === 'committed') await restock({ reference: orderId, orderId, lines, reason })
      return {}
    },
    amend: ({ orderId, lines }) => amendStock(db.sql, orderId, lines),
    extend: async ({ orderId, ttlSeconds }) => {
      const rows = await db.sql`
        update reservations x
           set expires_at = greatest(x.expires_at, clock_timestamp() + make_interval(secs => ${ttlSeconds}))
         where x.order_id = ${orderId} and x.state = 'held'
        returning 1`
      return { extended: rows.length === 1 }
    },
    availability: async ({ skus, channel }) => ({
      levels: await levels({ skus, warehouses: channel === undefined ? null : await warehousesOf(channel) }),
    }),
    watch: ({ skus, channel }, { signal }) =>
      watchLevels(
        async () => await availability(db.read, skus, channel === undefined ? null : await warehousesOf(channel)),
        signal,
      ),
    importMovements: async ({ movements }) => ({ applied: await importMovements(db.sql, movements) }),
  })
}

/** The row of the database as the contract says it. */
export function reserveOutcome(row: ReserveRow): Static<typeof ReserveOutcome> {
  if (row.outcome === 'reserved') return { outcome: 'reserved', expiresAt: row.expires_at!.toISOString() }
  if (row.outcome === 'out-of-stock') return { outcome: 'out-of-stock', skus: row.short }
  return { outcome: 'ended' }
}
