import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import type { StockLine } from '#contracts/values.ts'
import { uuidv7 } from '#kit/core/ids.ts'
import { startService, type TestService } from '#kit/testing/service.ts'
import { invariants } from './invariants.ts'
import { inventory } from './service.ts'

export type Outcome = { outcome: string; expiresAt?: string; skus?: { sku: string; available: number }[] }

/** The stock service with a channel `web` served by all warehouses and `west-first` by west and main. */
export async function startInventory(settings: Record<string, unknown> = {}): Promise<TestService> {
  const service = await startService(inventory, {
    settings: { simulatedSupplier: true, simulatedDaySeconds: 1, ...settings },
    rpc: {
      products: {
        channel: async ({ key }: { key: string }) => ({
          key,
          name: key,
          currency: 'EUR',
          locales: ['en'],
          country: 'DE',
          pricesIncludeTax: true,
          warehouses: key === 'west-first' ? ['west', 'main'] : [],
        }),
      },
    },
  })
  await service.db.sql`insert into warehouses (key, name, priority) values ('west', 'West', 20)`
  return service
}

/** Puts so many units of a new SKU on a shelf, through the ledger. */
export async function stockUp(
  service: TestService,
  units: number,
  { sku = `sku-${randomUUID()}`, warehouse = 'main' } = {},
): Promise<string> {
  await service.db
    .sql`select * from change_stock(${JSON.stringify([{ sku, warehouse, delta: units, kind: 'adjustment', reason: 'test' }])}::text::jsonb)`
  return sku
}

export async function reserve(
  service: TestService,
  lines: StockLine[],
  { orderId = uuidv7(), ttlSeconds = 900, channel = 'web' } = {},
): Promise<Outcome & { orderId: string }> {
  return { orderId, ...(await service.call<Outcome>('reserve', { orderId, channel, lines, ttlSeconds })) }
}

/** How many answers had each outcome. */
export const outcomes = (answers: { outcome: string }[]) =>
  Object.fromEntries([...Map.groupBy(answers, (answer) => answer.outcome)].map(([outcome, all]) => [outcome, all.length]))

/** Sum over all warehouses. */
export async function levelOf(service: TestService, sku: string): Promise<{ onHand: number; reserved: number; owed: number }> {
  const [row] = await service.db.sql<{ onHand: number; reserved: number; owed: number }[]>`
    select coalesce(sum(s.on_hand), 0)::integer as "onHand", coalesce(sum(s.reserved), 0)::integer as reserved, coalesce(sum(s.owed), 0)::integer as owed
      from stock s where s.sku = ${sku}`
  return row!
}

/** Ends the time of a hold without waiting for it. */
export async function outOfTime(service: TestService, orderId: string): Promise<void> {
  await service.db
    .sql`update reservations x set expires_at = clock_timestamp() - interval '1 second' where x.order_id = ${orderId}`
}

export async function expectInvariants(service: TestService): Promise<void> {
  for (const { name, sql } of invariants) expect(await service.db.sql.unsafe(sql), name).toEqual([])
}
