import type postgres from 'postgres'
import { expect } from 'vitest'
import { eventually } from '#kit/testing/eventually.ts'
import type { Buyers } from './buyers.ts'
import type { Shop } from './shop.ts'

/**
 * Every acknowledged order is there and gets confirmed, exactly its units have left the shelf, its events are in the log, and every rule of
 * every service holds. `database`: of an administrator, where orders, inventory and the log lie.
 */
export async function expectBooksToAgree(shop: Shop, database: postgres.Sql, sku: string, units: number, buyers: Buyers) {
  const ids = [...buyers.acknowledged.keys()]
  await eventually(
    async () => {
      const rows = await database<{ id: string; status: string }[]>`
        select id::text, status from orders.orders where id = any(${ids}::uuid[])`
      expect(rows.length).toBe(ids.length)
      expect(rows.filter(({ status }) => status === 'PENDING' || status === 'CANCELLED')).toEqual([])
      const [item] = await database<
        [{ on_hand: number }]
      >`select sum(on_hand)::int as on_hand from inventory.stock where sku = ${sku}`
      const [bought] = await database<[{ units: number }]>`
        select sum(i.quantity)::int as units from orders.order_items i join orders.orders o on o.id = i.order_id
         where i.sku = ${sku} and o.status not in ('PENDING', 'CANCELLED')`
      expect(item.on_hand).toBe(units - bought.units)
      const [events] = await database<[{ count: number }]>`
        select count(distinct key)::int as count from bus.log where type = 'OrderConfirmed.v1' and key = any(${ids}::text[])`
      expect(events.count).toBe(ids.length)
    },
    { timeoutMs: 60_000, everyMs: 200 },
  )
  const { code, errors } = await shop.command('invariants')
  expect({ code, errors }).toMatchObject({ code: 0 })
}
