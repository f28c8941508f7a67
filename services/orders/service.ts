import * as orderEvents from '#contracts/events/orders.ts'
import { GiftCardIssued } from '#contracts/events/payments.ts'
import { cartRpc } from '#contracts/rpc/cart.ts'
import { deliveryRpc } from '#contracts/rpc/delivery.ts'
import { inventoryRpc } from '#contracts/rpc/inventory.ts'
import { paymentsRpc } from '#contracts/rpc/payments.ts'
import { productsRpc } from '#contracts/rpc/products.ts'
import { usersRpc } from '#contracts/rpc/users.ts'
import { grouped } from '#kit/db/grouped.ts'
import { statementLane } from '#kit/db/lane.ts'
import { defineService, type ServiceKit } from '#kit/service/service.ts'
import type { OrdersDeps } from './deps.ts'
import { figures } from './figures.ts'
import { invariants } from './invariants.ts'
import { completeDelivered } from './jobs/complete-delivered.ts'
import { forgetDrafts } from './jobs/forget-drafts.ts'
import { forgetRequests } from './jobs/forget-requests.ts'
import { issueBoughtGiftCards } from './jobs/issue-bought-gift-cards.ts'
import { makeDocuments } from './jobs/make-documents.ts'
import { makeMonthsAhead } from './jobs/make-months-ahead.ts'
import { AutomaticPromotions } from './offers.ts'
import { orderCopies } from './order-copies.ts'
import { OrderAttributes } from './order-attributes.ts'
import { confirmOrders, placeOrders, type StoredPlacement } from './place-store.ts'
import { askForInvoice, takeInvoiceBack } from './reactions/ask-for-invoice.ts'
import { followDelivery } from './reactions/follow-delivery.ts'
import { followRows } from './reactions/follow-rows.ts'
import { forgetDraftsOfUser } from './reactions/forget-drafts-of-user.ts'
import { forgetReturnsOfUser } from './reactions/forget-returns-of-user.ts'
import { onUserDeleted } from './reactions/on-user-deleted.ts'
import { RecentOrders } from './recent.ts'
import { orderChangeRoutes } from './routes/order-changes.ts'
import { documentRoutes } from './routes/documents.ts'
import { draftRoutes } from './routes/drafts.ts'
import { editRoutes } from './routes/edits.ts'
import { findGuestOrderRoutes } from './routes/find-guest-order.ts'
import { giftCardRoutes } from './routes/gift-cards.ts'
import { orderRoutes } from './routes/orders.ts'
import { previewRoutes } from './routes/previews.ts'
import { promotionRoutes } from './routes/promotions.ts'
import { reportRoutes } from './routes/reports.ts'
import { returnRoutes } from './routes/returns.ts'
import { ordersCalls } from './rpc.ts'
import { Settings } from './settings.ts'

/** Two groups at a time: while one commits the next one fills. More only makes groups smaller. */
const GROUPS = { maxSize: 64, maxInFlight: 2, lane: statementLane }

function storing({ db }: ServiceKit<Settings>): OrdersDeps['store'] {
  const store = grouped(GROUPS, (asked: readonly { placement: StoredPlacement; late: boolean }[]) =>
    placeOrders(
      db.sql,
      asked.map(({ placement }) => placement),
      asked.every(({ late }) => late),
    ),
  )
  return (placement, { late } = { late: false }) => store({ placement, late: late && db.lateCommits })
}

export const ordersService = defineService<OrdersDeps, typeof Settings>({
  name: 'orders',
  port: 8086,
  kind: 'model',
  summary: 'Orders from placement to the end of the return window, with their history, promotions, returns and invoices.',
  apart: { group: 'shop' },
  migrations: new URL('./migrations/', import.meta.url),
  settings: Settings,
  create: (kit: ServiceKit<Settings>): OrdersDeps => ({
    kit,
    products: kit.rpc(productsRpc),
    inventory: kit.rpc(inventoryRpc),
    cart: kit.rpc(cartRpc),
    users: kit.rpc(usersRpc),
    delivery: kit.rpc(deliveryRpc),
    payments: kit.rpc(paymentsRpc),
    recent: new RecentOrders(),
    copies: orderCopies(kit.memory),
    automatic: new AutomaticPromotions(kit.db.sql),
    attributes: new OrderAttributes(kit.rpc(productsRpc)),
    store: storing(kit),
    confirm: grouped(GROUPS, (confirmations: readonly { id: string; at: string; events: unknown }[]) =>
      confirmOrders(kit.db.sql, confirmations),
    ),
  }),
  routes: (deps) => [
    ...orderRoutes(deps),
    ...findGuestOrderRoutes(deps),
    ...orderChangeRoutes(deps),
    ...draftRoutes(deps),
    ...editRoutes(deps),
    ...previewRoutes(deps),
    ...promotionRoutes(deps),
    ...giftCardRoutes(deps),
    ...returnRoutes(deps),
    ...documentRoutes(deps),
    ...reportRoutes(deps),
  ],
  rpc: ordersCalls,
  reactions: (deps) => [
    ...followDelivery(deps),
    ...followRows(deps),
    askForInvoice,
    takeInvoiceBack,
    onUserDeleted,
    forgetReturnsOfUser,
    forgetDraftsOfUser,
  ],
  attention: () => ({ pauseMs: 15 }),
  jobs: (deps) => [
    makeMonthsAhead(deps),
    completeDelivered(deps),
    issueBoughtGiftCards(deps),
    forgetRequests(deps),
    forgetDrafts(deps),
    makeDocuments(deps),
  ],
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
    GiftCardIssued,
  ],
  rowChanges: ['orders', 'order_items'],
  figures: ({ kit }) => figures(kit),
  invariants,
})
