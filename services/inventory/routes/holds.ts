import Type from 'typebox'
import { ReserveOutcome } from '#contracts/rpc/inventory.ts'
import { ChannelKey, StockLine, Uuid } from '#contracts/values.ts'
import { can, internal, post, type Access, type Route } from '#kit/http/route.ts'
import { closed } from '#kit/messaging/event.ts'
import type { InventoryDeps } from '../deps.ts'
import { commitAll, releaseAll, reserveAll } from '../holds.ts'
import { reserveOutcome } from '../rpc.ts'

const ReserveBody = closed({
  orderId: Uuid,
  channel: Type.Optional(ChannelKey),
  lines: Type.Array(StockLine, { minItems: 1, maxItems: 500 }),
  ttlSeconds: Type.Integer({ minimum: 1, maximum: 604_800, default: 900 }),
})
const OrderBody = closed({ orderId: Uuid })
const ReleaseBody = closed({ orderId: Uuid, reason: Type.String({ minLength: 1, maxLength: 200, default: 'released' }) })
const CommitOutcome = closed({
  outcome: Type.Union([Type.Literal('committed'), Type.Literal('expired'), Type.Literal('unknown')]),
})
const ReleaseOutcome = closed({
  outcome: Type.Union([Type.Literal('released'), Type.Literal('nothing-held'), Type.Literal('committed')]),
})

/** Holds over HTTP, for staff and for systems outside; our own services call the same over RPC. All are idempotent by order. */
export function holdRoutes(deps: InventoryDeps): Route[] {
  const reserve = (path: string, access: Access) =>
    post(
      path,
      { access, summary: 'Hold stock for an order: all lines or none', body: ReserveBody, response: ReserveOutcome },
      async ({ tx, body, channel }) => {
        const warehouses = await deps.warehousesOf(body.channel ?? channel)
        const [row] = await reserveAll(tx, [{ order: body.orderId, ttl: body.ttlSeconds, warehouses, lines: body.lines }])
        return reserveOutcome(row!)
      },
    )
  const release = (path: string, access: Access) =>
    post(
      path,
      { access, summary: 'Let the hold of an order go', body: ReleaseBody, response: ReleaseOutcome },
      async ({ tx, body }) => {
        const [outcome] = await releaseAll(tx, [{ order: body.orderId, reason: body.reason }])
        return { outcome: outcome! }
      },
    )
  return [
    reserve('/api/inventory/reserve', can('inventory:reserve')),
    reserve('/internal/inventory/reserve', internal),
    release('/api/inventory/release', can('inventory:reserve')),
    release('/internal/inventory/release', internal),
    post(
      '/api/inventory/commit',
      {
        access: can('inventory:reserve'),
        summary: 'Turn the hold of an order into a sale',
        body: OrderBody,
        response: CommitOutcome,
      },
      async ({ tx, body }) => {
        const [outcome] = await commitAll(tx, [body.orderId])
        return { outcome: outcome! }
      },
    ),
  ]
}
