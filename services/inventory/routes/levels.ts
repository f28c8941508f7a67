import Type from 'typebox'
import { Sku } from '#contracts/values.ts'
import type { Query } from '#kit/db/db.ts'
import { ascending, descending, keyset, page } from '#kit/http/paging.ts'
import { anyone, can, get, post, put, type Route } from '#kit/http/route.ts'
import { may, type Principal } from '#kit/core/principal.ts'
import { closed } from '#kit/messaging/event.ts'
import { changeStock, type StockChange } from '../commands/change-stock.ts'
import { saveItem } from '../commands/save-item.ts'
import type { InventoryDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { stockAnalytics, StockAnalytics } from '../queries/analytics.ts'
import { availability } from '../queries/availability.ts'
import { getItem, itemColumns, ItemView, MovementView, PublicLevel } from '../queries/stock-views.ts'
import { inTurn } from '../stock-locks.ts'
import { change, ChangeBody, ChangeResult, SaveItemBody, toResult } from './stock-bodies.ts'

const SkuParams = closed({ sku: Sku })
const days = Type.Integer({ minimum: 1, maximum: 730, default: 90 })

/** Everybody sees what can be bought; staff see the rest of the item as well. */
const LevelView = closed({ ...PublicLevel.properties, staff: Type.Optional(ItemView), version: Type.Optional(Type.Integer()) })

const items = keyset({
  list: 'inventory',
  id: { column: 'i.sku', type: 'text' },
  sorts: { sku: ascending('i.sku', 'text') },
  initial: 'sku',
})
const ledger = keyset({
  list: 'movements',
  id: { column: 'm.id', type: 'bigint' },
  sorts: { newest: descending('m.id', 'bigint') },
  initial: 'newest',
})

/** Who did it, for the ledger. */
export const actorOf = ({ kind, id }: Principal): string => (kind === 'service' || kind === 'key' ? `${kind} ${id}` : id)

export function levelRoutes(deps: InventoryDeps): Route[] {
  const { db } = deps
  const { memory } = deps.kit
  return [
    get(
      '/api/inventory/:sku',
      {
        access: anyone,
        summary: 'Whether a SKU can be bought; levels and settings for staff',
        params: SkuParams,
        response: LevelView,
        versioned: true,
        errors: [errors.notFound],
      },
      async ({ params: { sku }, principal, channel }) => {
        const item = may(principal, 'inventory:read') ? await getItem(db.read, sku) : undefined
        const [level] = await availability(db.read, [sku], await deps.warehousesOf(channel))
        if (may(principal, 'inventory:read') && !item) throw errors.notFound({ sku })
        const open = {
          sku,
          available: level!.available,
          inStock: level!.available > 0 || level!.backorder,
          backorder: level!.backorder,
        }
        return item ? { ...open, staff: item, version: item.version } : open
      },
    ),
    get(
      '/api/inventory',
      {
        access: can('inventory:read'),
        summary: 'Stock of all SKUs',
        query: items.query({
          alert: Type.Optional(
            Type.Union([Type.Literal('ok'), Type.Literal('low'), Type.Literal('out')], {
              description: '`low` lists what is at or below its threshold, `out` what is gone',
            }),
          ),
          warehouse: Type.Optional(Type.String({ maxLength: 40 })),
        }),
        response: page(ItemView),
      },
      async ({ query }) => {
        const at = items.position(query)
        const rows = await db.read<ItemView[]>`
          select ${itemColumns(db.read)}, ${at.keys(db.read)} from items i
           where (${query.alert ?? null}::text is null or i.alert = ${query.alert ?? null})
             and (${query.warehouse ?? null}::text is null
                  or exists (select from stock s where s.sku = i.sku and s.warehouse = ${query.warehouse ?? null} and s.on_hand > 0))
             ${at.after(db.read)} ${at.order(db.read)}`
        return at.page(rows, (row) => row)
      },
    ),
    put(
      '/api/inventory/:sku',
      {
        access: can('inventory:write'),
        summary: 'Set counted levels and settings of a SKU; takes it into the list',
        params: SkuParams,
        body: SaveItemBody,
        response: ItemView,
        versioned: true,
        errors: [
          errors.unknownWarehouse,
          errors.belowReserved,
          errors.reorderIncomplete,
          errors.versionConflict,
          errors.overtaken,
        ],
      },
      async ({ tx, params: { sku }, body, principal, expectedVersion }) => {
        const input = { sku, ...body, actor: actorOf(principal), expectedVersion }
        await inTurn(memory, tx, [sku], () => saveItem(tx, input))
        return (await getItem(tx, sku)) as ItemView
      },
    ),
    post(
      '/api/inventory/adjustments',
      {
        access: can('inventory:write'),
        summary: 'Correct the stock of one SKU',
        body: ChangeBody,
        response: ChangeResult,
        status: 201,
        errors: [errors.unknownWarehouse, errors.belowReserved, errors.overtaken],
      },
      async ({ tx, body, principal }) => {
        const result = await inTurn(memory, tx, [body.sku], () => one(tx, change(body, actorOf(principal))))
        return toResult(body, result)
      },
    ),
    post(
      '/api/inventory/batch',
      {
        access: can('inventory:write'),
        summary: 'Correct the stock of many SKUs; each has its own result',
        bodyLimit: 1_048_576,
        body: closed({ items: Type.Array(ChangeBody, { minItems: 1, maxItems: 1000 }) }),
        response: closed({ results: Type.Array(ChangeResult) }),
        errors: [errors.overtaken],
      },
      async ({ tx, body, principal }) => {
        const changes = body.items.map((item) => change(item, actorOf(principal)))
        const skus = [...new Set(changes.map(({ sku }) => sku))]
        const results = await inTurn(memory, tx, skus, () => changeStock(tx, changes))
        return { results: results.map((result, index) => toResult(body.items[index]!, result)) }
      },
    ),
    get(
      '/api/inventory/:sku/movements',
      {
        access: can('inventory:read'),
        summary: 'The ledger of a SKU, newest first',
        params: SkuParams,
        query: ledger.query({}),
        response: page(MovementView),
      },
      async ({ params, query }) => {
        const at = ledger.position(query)
        const rows = await db.read<MovementRow[]>`
          select m.id, m.sku, m.warehouse, m.delta, m.kind, m.reference, m.reason, m.actor, m.at, ${at.keys(db.read)}
            from movements m where m.sku = ${params.sku} ${at.after(db.read)} ${at.order(db.read)}`
        return at.page(rows, ({ id, at: time, ...row }) => ({ ...row, id: Number(id), at: time.toISOString() }))
      },
    ),
    get(
      '/api/inventory/analytics',
      {
        access: can('inventory:read'),
        summary: 'Turnover, days of stock and dead stock, from the ledger',
        query: closed({
          days: Type.Optional(days),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
        }),
        response: StockAnalytics,
      },
      async ({ query }) => await stockAnalytics(db.read, query.days ?? 90, query.limit ?? 20),
    ),
  ]
}

interface MovementRow {
  id: bigint
  sku: string
  warehouse: string
  delta: number
  kind: string
  reference: string | null
  reason: string
  actor: string | null
  at: Date
}

async function one(tx: Query, entry: StockChange) {
  const [result] = await changeStock(tx, [entry])
  if (result!.outcome === 'unknown-warehouse') throw errors.unknownWarehouse({ warehouse: entry.warehouse })
  if (result!.outcome === 'below-reserved') throw errors.belowReserved({ onHand: result!.on_hand, reserved: result!.reserved })
  return result!
}
