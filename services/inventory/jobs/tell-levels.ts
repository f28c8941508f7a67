import { InventoryUpdated, LowStockAlert, OutOfStock } from '#contracts/events/inventory.ts'
import type { NewEvent } from '#kit/messaging/event.ts'
import type { Job } from '#kit/service/service.ts'
import { setTimeout as delay } from 'node:timers/promises'
import type { InventoryDeps } from '../deps.ts'
import { alertOf, alertsBetween, type StockAlert } from '../levels.ts'

const MOST_SKUS = 500

interface LevelRow {
  sku: string
  threshold: number
  alert: StockAlert
  told: bigint
  onHand: number
  reserved: number
  available: number
  shelves: { warehouse: string; version: number }[]
}

/** However busy the shop is, levels are told at least this often. */
const LONGEST_PAUSE_MS = 1000

/**
 * Four times a second; after many levels it rests for as many milliseconds as there were SKUs, up to a second: what sells quickly
 * changes again meanwhile and is told once, with half of the events at 1,500 orders a second.
 */
export function tellLevelsOften(deps: InventoryDeps): Job {
  return {
    name: 'tell-levels',
    everySeconds: 0.25,
    run: async (signal) => {
      const told = await tellLevels(deps, signal)
      const pause = Math.min(told, LONGEST_PAUSE_MS) - 250
      if (pause > 0) await delay(pause, undefined, { signal }).catch(() => undefined)
    },
  }
}

/**
 * Tells the levels of SKUs that changed since they were last told, each once however often it changed (ADR 0003). Two statements:
 * read, then write events and marks together. A shelf that changed in between stays marked and is told again next time. `told` is
 * compared in the write, so a teller that was overtaken writes nothing. Returns how many SKUs were told.
 */
export async function tellLevels(deps: InventoryDeps, signal?: AbortSignal): Promise<number> {
  let total = 0
  while (!signal?.aborted) {
    const rows = await changedLevels(deps)
    if (rows.length > 0) total += await tell(deps, rows)
    if (rows.length < MOST_SKUS) break
  }
  return total
}

async function changedLevels({ db }: InventoryDeps): Promise<LevelRow[]> {
  return await db.sql<LevelRow[]>`
    select i.sku, i.low_stock_threshold as threshold, i.alert, i.told,
           sum(s.on_hand)::integer as "onHand", sum(s.reserved)::integer as reserved,
           sum(greatest(s.on_hand - s.reserved - s.owed, 0))::integer as available,
           jsonb_agg(jsonb_build_object('warehouse', s.warehouse, 'version', s.version)) filter (where s.dirty) as shelves
      from items i
      join stock s on s.sku = i.sku
     where i.sku in (select distinct d.sku from stock d where d.dirty order by d.sku limit ${MOST_SKUS})
     group by i.sku
     order by i.sku`
}

async function tell({ db, kit }: InventoryDeps, rows: readonly LevelRow[]): Promise<number> {
  const marks = rows.map((row) => ({
    sku: row.sku,
    told: String(row.told),
    alert: alertOf(row.available, row.threshold),
    shelves: row.shelves,
  }))
  const [result] = await db.sql<{ skus: number }[]>`
    with seen as materialized (
      select m.sku, m.told, m.alert, m.shelves from jsonb_to_recordset(${JSON.stringify(marks)}::text::jsonb) as m(sku text, told bigint, alert text, shelves jsonb)
    ), told as (
      update items i set told = i.told + 1, alert = m.alert from seen m where i.sku = m.sku and i.told = m.told returning i.sku
    ), cleared as (
      update stock s set dirty = false
        from seen m, jsonb_to_recordset(m.shelves) as shelf(warehouse text, version bigint)
       where s.sku = m.sku and s.warehouse = shelf.warehouse and s.version = shelf.version and m.sku in (select t.sku from told t)
    )
    select (select count(*)::integer from told) as skus,
           outbox_append(coalesce((select jsonb_agg(e.value order by e.n)
                                     from jsonb_array_elements(${kit.outbox.encode(rows.flatMap(eventsOf))}::text::jsonb) with ordinality e(value, n)
                                    where e.value ->> 'key' in (select t.sku from told t)), '[]'))`
  return result!.skus
}

function eventsOf(row: LevelRow): NewEvent[] {
  const { sku, onHand, reserved, available, threshold } = row
  const alerts = alertsBetween(row.alert, alertOf(available, threshold))
  return [
    InventoryUpdated({ sku, onHand, reserved, available }),
    ...alerts.map((alert) => (alert === 'low' ? LowStockAlert({ sku, available, threshold }) : OutOfStock({ sku }))),
  ]
}
