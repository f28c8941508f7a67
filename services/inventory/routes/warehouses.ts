import Type from 'typebox'
import { CountryCode, Nullable } from '#contracts/values.ts'
import { can, del, get, post, put, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { closeWarehouse, createWarehouse, updateWarehouse } from '../commands/warehouses.ts'
import type { InventoryDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import { WarehouseView } from '../queries/stock-views.ts'

const key = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,39}$' })
const KeyParams = closed({ key })
const Body = closed({
  name: Type.String({ minLength: 1, maxLength: 120 }),
  priority: Type.Integer({ minimum: 0, maximum: 100_000, default: 100, description: 'the lowest is asked first' }),
  country: Type.Optional(Nullable(CountryCode)),
})
const NewBody = closed({ key, ...Body.properties })

export function warehouseRoutes({ db }: InventoryDeps): Route[] {
  return [
    get(
      '/api/inventory/warehouses',
      {
        access: can('inventory:read'),
        summary: 'All warehouses, first asked first',
        response: closed({ items: Type.Array(WarehouseView) }),
      },
      async () => ({
        items: [
          ...(await db.read<
            WarehouseView[]
          >`select w.key, w.name, w.priority, w.country, w.active, w.version from warehouses w order by w.priority, w.key`),
        ],
      }),
    ),
    get(
      '/api/inventory/warehouses/:key',
      {
        access: can('inventory:read'),
        summary: 'One warehouse',
        params: KeyParams,
        response: WarehouseView,
        versioned: true,
        errors: [errors.warehouseNotFound],
      },
      async ({ params }) => {
        const [row] = await db.read<
          WarehouseView[]
        >`select w.key, w.name, w.priority, w.country, w.active, w.version from warehouses w where w.key = ${params.key}`
        if (!row) throw errors.warehouseNotFound(params)
        return row
      },
    ),
    post(
      '/api/inventory/warehouses',
      {
        access: can('inventory:write'),
        summary: 'Open a warehouse',
        body: NewBody,
        response: WarehouseView,
        status: 201,
        versioned: true,
        errors: [errors.warehouseExists],
      },
      async ({ tx, body: { key: newKey, ...body } }) =>
        await createWarehouse(tx, newKey, { ...body, country: body.country ?? null }),
    ),
    put(
      '/api/inventory/warehouses/:key',
      {
        access: can('inventory:write'),
        summary: 'Change a warehouse, or open a closed one again',
        params: KeyParams,
        body: Body,
        response: WarehouseView,
        versioned: true,
        errors: [errors.warehouseNotFound, errors.versionConflict],
      },
      async ({ tx, params, body, expectedVersion }) =>
        await updateWarehouse(tx, params.key, { ...body, country: body.country ?? null }, expectedVersion),
    ),
    del(
      '/api/inventory/warehouses/:key',
      {
        access: can('inventory:write'),
        summary: 'Close an empty warehouse',
        params: KeyParams,
        errors: [errors.warehouseNotFound, errors.warehouseInUse],
      },
      async ({ tx, params }) => await closeWarehouse(tx, params.key),
    ),
  ]
}
