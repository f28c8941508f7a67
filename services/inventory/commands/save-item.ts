import type { Query } from '#kit/db/db.ts'
import { isCheckViolation } from '#kit/db/pg-errors.ts'
import { errors } from '../errors.ts'
import { changeStock } from './change-stock.ts'

export interface SaveItem {
  readonly sku: string
  readonly actor: string
  readonly expectedVersion: number | undefined
  readonly levels?: readonly { warehouse: string; onHand: number }[]
  readonly reason?: string
  readonly allowBackorder?: boolean
  readonly lowStockThreshold?: number
  readonly reorderPoint?: number | null
  readonly reorderQuantity?: number | null
  readonly leadTimeDays?: number
  readonly supplier?: string | null
}

/** Sets what is given of a SKU's settings and counted levels; the rest stays. Takes an unknown SKU into the list. */
export async function saveItem(tx: Query, input: SaveItem): Promise<void> {
  const { sku, expectedVersion } = input
  await tx`insert into items (sku) values (${sku}) on conflict do nothing`
  try {
    const rows = await tx`
      update items i
         set allow_backorder = coalesce(${input.allowBackorder ?? null}::boolean, i.allow_backorder),
             low_stock_threshold = coalesce(${input.lowStockThreshold ?? null}::integer, i.low_stock_threshold),
             reorder_point = ${input.reorderPoint === undefined ? tx`i.reorder_point` : tx`${input.reorderPoint}::integer`},
             reorder_quantity = ${reorderQuantity(tx, input)},
             lead_time_days = coalesce(${input.leadTimeDays ?? null}::integer, i.lead_time_days),
             supplier = ${input.supplier === undefined ? tx`i.supplier` : tx`${input.supplier}::text`},
             version = i.version + 1, updated_at = now()
       where i.sku = ${sku} and (${expectedVersion ?? null}::integer is null or i.version = ${expectedVersion ?? null})
      returning 1`
    if (rows.length === 0) throw errors.versionConflict({ sku })
  } catch (error) {
    if (isCheckViolation(error)) throw errors.reorderIncomplete({ sku })
    throw error
  }
  const levels = input.levels ?? []
  const results = await changeStock(
    tx,
    levels.map(({ warehouse, onHand }) => ({
      sku,
      warehouse,
      level: onHand,
      kind: 'adjustment' as const,
      reason: input.reason ?? 'counted',
      actor: input.actor,
      reference: null,
    })),
  )
  results.forEach((result, index) => {
    if (result.outcome === 'unknown-warehouse') throw errors.unknownWarehouse({ warehouse: levels[index]!.warehouse })
    if (result.outcome === 'below-reserved')
      throw errors.belowReserved({ warehouse: levels[index]!.warehouse, reserved: result.reserved })
  })
  // a new threshold may be news: let the levels be told again
  if (input.lowStockThreshold !== undefined) await tx`update stock s set dirty = true where s.sku = ${sku}`
}

/** Switching the reorder point off takes the quantity along. */
function reorderQuantity(tx: Query, { reorderPoint, reorderQuantity: quantity }: SaveItem) {
  if (reorderPoint === null) return tx`null::integer`
  return quantity === undefined ? tx`i.reorder_quantity` : tx`${quantity}::integer`
}
