import * as orderEvents from '#contracts/events/orders.ts'
import { cartRpc } from '#contracts/rpc/cart.ts'
import { deliveryRpc } from '#contracts/rpc/delivery.ts'
import { inventoryRpc } from '#contracts/rpc/inventory.ts'
import { paymentsRpc } from '#contracts/rpc/payments.ts'
import { productsRpc } from '#contracts/rpc/products.ts'
import { usersRpc } from '#contracts/rpc/users.ts'
import { grouped } from '#kit/db/grouped.ts'
import { defineService, type ServiceKit } from '#kit/service/service.ts'
import type { OrdersDeps } from './deps.ts'
import { makeMonthsAhead } from './jobs/make-months-ahead.ts'
import { confirmOrders, placeOrders, type StoredPlacement } from './place-store.ts'
import { followDelivery } from './reactions/follow-delivery.ts'
import { RecentOrders } from './recent.ts'
import { orderRoutes } from './routes.ts'
import { ordersCalls } from './rpc.ts'

/** Two groups at a time: while one commits the next one fills. More only makes groups smaller. */
const GROUPS = { maxSize: 64, maxInFlight: 2 }

export const ordersService = defineService<OrdersDeps>({
  name: 'orders',
  port: 8086,
  kind: 'model',
  summary: 'Orders from placement to the end of the return window, with their history, promotions, returns and invoices.',
  migrations: new URL('./migrations/', import.meta.url),
  create: (kit: ServiceKit): OrdersDeps => ({
    kit,
    products: kit.rpc(productsRpc),
    inventory: kit.rpc(inventoryRpc),
    cart: kit.rpc(cartRpc),
    users: kit.rpc(usersRpc),
    delivery: kit.rpc(deliveryRpc),
    payments: kit.rpc(paymentsRpc),
    recent: new RecentOrders(),
    store: grouped(GROUPS, (placements: readonly StoredPlacement[]) => placeOrders(kit.db.sql, placements)),
    confirm: grouped(GROUPS, (confirmations: readonly { id: string; at: string; events: unknown }[]) => confirmOrders(kit.db.sql, confirmations)),
  }),
  routes: orderRoutes,
  rpc: ordersCalls,
  reactions: followDelivery,
  jobs: (deps) => [makeMonthsAhead(deps)],
  bootstrap: async (deps) => await makeMonthsAhead(deps).run(AbortSignal.timeout(10_000)),
  publishes: [
    orderEvents.OrderCreated,
    orderEvents.OrderConfirmed,
    orderEvents.OrderUpdated,
    orderEvents.OrderShipped,
    orderEvents.OrderDelivered,
    orderEvents.OrderCompleted,
    orderEvents.OrderCancelled,
    orderEvents.OrderStatusUpdated,
    orderEvents.ReturnRequested,
    orderEvents.ReturnApproved,
    orderEvents.ReturnRejected,
    orderEvents.ReturnCompleted,
  ],
  invariants: [
    { name: 'I6 every order has told of its creation', sql: `select o.id from orders o where not exists (select 1 from outbox_heads h where h.aggregatetype = 'order' and h.aggregateid = o.id::text)` },
    { name: 'I15 the lines of an order sum to its totals', sql: `select o.id from orders o join (select i.order_id, sum(i.subtotal) as subtotal, sum(i.discount) as discount from order_items i group by i.order_id) s on s.order_id = o.id where s.subtotal <> o.subtotal or s.discount > o.discount` },
    { name: 'I19 no flow is left behind', sql: `select p.name, p.id from processes p where p.status = 'stuck' or (p.status = 'running' and p.due_at < now() - interval '10 minutes')` },
    { name: 'I20 the history of an order ends in its status', sql: `select o.id from orders o where o.status <> (select h.to_status from order_history h where h.order_id = o.id order by h.seq desc limit 1)` },
    { name: 'every order lies in the partition of its month', sql: 'select o.id from orders_rest o' },
  ],
})
