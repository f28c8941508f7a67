import Type from 'typebox'
import { Nullable, Sku, Timestamp, Uuid } from '#contracts/values.ts'
import { descending, keyset, page } from '#kit/http/paging.ts'
import { can, del, get, post, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import { cancelPurchaseOrder, placePurchaseOrder, receivePurchaseOrder } from '../commands/purchase-orders.ts'
import type { InventoryDeps } from '../deps.ts'
import { errors } from '../errors.ts'
import {
  getPurchaseOrder,
  purchaseOrderColumns,
  type PurchaseOrderRow,
  PurchaseOrderView,
  toPurchaseOrder,
} from '../queries/stock-views.ts'
import { actorOf } from './levels.ts'

const IdParams = closed({ id: Uuid })
const quantity = Type.Integer({ minimum: 1, maximum: 1_000_000 })
const list = keyset({
  list: 'purchase-orders',
  id: { column: 'p.id', type: 'uuid' },
  sorts: { newest: descending('p.placed_at', 'timestamptz') },
  initial: 'newest',
})

export function purchaseOrderRoutes(deps: InventoryDeps): Route[] {
  const { db } = deps
  return [
    get(
      '/api/inventory/purchase-orders',
      {
        access: can('inventory:read'),
        summary: 'Orders to suppliers, newest first',
        query: list.query({ sku: Type.Optional(Sku), state: Type.Optional(PurchaseOrderView.properties.state) }),
        response: page(PurchaseOrderView),
      },
      async ({ query }) => {
        const at = list.position(query)
        const rows = await db.read<PurchaseOrderRow[]>`
          select ${purchaseOrderColumns(db.read)}, ${at.keys(db.read)} from purchase_orders p
           where (${query.sku ?? null}::text is null or p.sku = ${query.sku ?? null})
             and (${query.state ?? null}::text is null or p.state = ${query.state ?? null}) ${at.after(db.read)} ${at.order(db.read)}`
        return at.page(rows, toPurchaseOrder)
      },
    ),
    get(
      '/api/inventory/purchase-orders/:id',
      {
        access: can('inventory:read'),
        summary: 'One order to a supplier',
        params: IdParams,
        response: PurchaseOrderView,
        versioned: true,
        errors: [errors.purchaseOrderNotFound],
      },
      async ({ params }) => {
        const order = await getPurchaseOrder(db.read, params.id)
        if (!order) throw errors.purchaseOrderNotFound({ purchaseOrderId: params.id })
        return order
      },
    ),
    post(
      '/api/inventory/purchase-orders',
      {
        access: can('inventory:write'),
        summary: 'Order more of a SKU',
        status: 201,
        response: PurchaseOrderView,
        versioned: true,
        errors: [errors.notFound, errors.unknownWarehouse],
        body: closed({
          sku: Sku,
          quantity,
          warehouse: Type.Optional(Type.String({ maxLength: 40 })),
          supplier: Type.Optional(Nullable(Type.String({ maxLength: 200 }))),
          expectedAt: Type.Optional(Timestamp),
        }),
      },
      async ({ tx, body }) => {
        const { sku, quantity: units, warehouse = null, supplier = null, expectedAt = null } = body
        const id = await placePurchaseOrder(deps, tx, { sku, quantity: units, warehouse, supplier, expectedAt })
        return (await getPurchaseOrder(tx, id)) as PurchaseOrderView
      },
    ),
    post(
      '/api/inventory/purchase-orders/:id/receipts',
      {
        access: can('inventory:write'),
        summary: 'Goods arrived, all or a part',
        params: IdParams,
        status: 201,
        response: PurchaseOrderView,
        versioned: true,
        body: closed({
          quantity: Type.Optional(quantity),
          reference: Type.Optional(
            Type.String({ minLength: 1, maxLength: 100, description: 'delivery note: the same one counts once' }),
          ),
        }),
        errors: [errors.purchaseOrderNotFound, errors.purchaseOrderClosed, errors.receiptTooLarge],
      },
      async ({ tx, params, body, principal }) => {
        await receivePurchaseOrder(tx, params.id, {
          quantity: body.quantity ?? null,
          reference: body.reference ?? null,
          actor: actorOf(principal),
        })
        return (await getPurchaseOrder(tx, params.id)) as PurchaseOrderView
      },
    ),
    del(
      '/api/inventory/purchase-orders/:id',
      {
        access: can('inventory:write'),
        summary: 'Nothing more will come of this order',
        params: IdParams,
        errors: [errors.purchaseOrderNotFound, errors.purchaseOrderClosed],
      },
      async ({ tx, params }) => await cancelPurchaseOrder(tx, params.id),
    ),
  ]
}
