import { ordersRpc } from '#contracts/rpc/orders.ts'
import { productsRpc } from '#contracts/rpc/products.ts'
import {
  DeliveryCompleted,
  DeliveryFailed,
  ReturnInitiated,
  ReturnReceived,
  ShipmentCancelled,
  ShipmentCreated,
  ShipmentDispatched,
  ShipmentUpdated,
} from '#contracts/events/delivery.ts'
import { defineService } from '#kit/service/service.ts'
import { careful } from './carriers/careful.ts'
import { createSimulatedCarrier } from './carriers/simulated.ts'
import { firstOptions } from './commands/first-options.ts'
import { createPlanShipment } from './commands/plan-shipment.ts'
import type { Deps } from './deps.ts'
import { invariants } from './invariants.ts'
import { bookParcels } from './jobs/book-parcels.ts'
import { eraseAddresses } from './jobs/erase-addresses.ts'
import { retryMessages } from './jobs/retry-messages.ts'
import { simulateCarriers } from './jobs/simulated-carriers.ts'
import { createShippingOptions } from './queries/shipping-options.ts'
import { orderReactions } from './reactions/on-order-events.ts'
import { eraseForUser } from './reactions/on-user-deleted.ts'
import { configurationRoutes } from './routes/configuration.ts'
import { parkedMessageRoutes } from './routes/parked-messages.ts'
import { publicRoutes } from './routes/public.ts'
import { returnRoutes } from './routes/returns.ts'
import { shipmentRoutes } from './routes/shipments.ts'
import { deliveryImplementation } from './rpc.ts'
import { Settings, trackingPagesOf } from './settings.ts'

const simulatedCarriers = [
  { name: 'ups', title: 'UPS', prefix: '1Z' },
  { name: 'fedex', title: 'FedEx', prefix: 'FX' },
  { name: 'dhl', title: 'DHL', prefix: 'JD' },
]

export const delivery = defineService<Deps, typeof Settings>({
  name: 'delivery',
  port: 8088,
  kind: 'model',
  summary: 'Parcels: shipping options, labels, carriers, tracking, returns.',
  migrations: new URL('./migrations/', import.meta.url),
  settings: Settings,
  create(kit) {
    const { db, outbox, log, settings, objects, publicUrl } = kit
    const simulatedSecrets = [
      settings.simulatedWebhookSecret ? Buffer.from(settings.simulatedWebhookSecret) : kit.secret('delivery/simulated-webhooks'),
      ...(settings.simulatedWebhookSecretBefore ? [Buffer.from(settings.simulatedWebhookSecretBefore)] : []),
    ]
    const trackingPages = trackingPagesOf(settings.trackingPages)
    const carriers = new Map(
      simulatedCarriers.map((facts) => [
        facts.name,
        careful(
          createSimulatedCarrier({
            db,
            ...facts,
            trackingPage: trackingPages.get(facts.name),
            dispatchAfterMs: settings.simulatedDispatchMs,
            webhookSecrets: simulatedSecrets,
          }),
        ),
      ]),
    )
    return {
      db,
      outbox,
      log,
      objects,
      settings,
      publicUrl,
      carriers,
      simulatedSecrets,
      orders: kit.rpc(ordersRpc),
      options: createShippingOptions({ sql: db.sql, products: kit.rpc(productsRpc), homeCountry: settings.homeCountry, log }),
      plan: createPlanShipment({ db, outbox }),
      labelSecret: kit.secret('delivery/labels'),
    }
  },
  routes: (deps) => [
    ...publicRoutes(deps),
    ...shipmentRoutes(deps),
    ...returnRoutes(deps),
    ...configurationRoutes(deps),
    ...parkedMessageRoutes(deps),
  ],
  rpc: deliveryImplementation,
  reactions: (deps) => [...orderReactions(deps), eraseForUser(deps)],
  // the checkout has planned the parcel; what is done here mends what it left open
  attention: () => ({ pauseMs: 50 }),
  jobs: (deps) => [
    { name: 'book-parcels', everySeconds: 1, run: (signal) => bookParcels(deps, signal) },
    { name: 'simulated-carriers', everySeconds: 1, run: (signal) => simulateCarriers(deps, signal) },
    { name: 'retry-messages', everySeconds: 60, run: (signal) => retryMessages(deps, signal) },
    eraseAddresses(deps),
  ],
  invariants,
  publishes: [
    ShipmentCreated,
    ShipmentDispatched,
    ShipmentUpdated,
    DeliveryCompleted,
    DeliveryFailed,
    ShipmentCancelled,
    ReturnInitiated,
    ReturnReceived,
  ],
  bootstrap: ({ db }) => firstOptions(db.sql),
})
