import type { Deps } from './deps.ts'
import { createGatewayRegistry } from './gateways/registry.ts'
import { offline } from './gateways/offline.ts'
import { createSimulatedGateway } from './gateways/simulated.ts'
import { figures } from './figures.ts'
import { invariants } from './invariants.ts'
import { preauthorize } from './jobs/preauthorize.ts'
import { reconcile } from './jobs/reconcile.ts'
import { simulateBank } from './jobs/simulated-bank.ts'
import { onOrderCancelled } from './reactions/on-order-cancelled.ts'
import { onOrderCreated } from './reactions/on-order-created.ts'
import { onUserDeleted } from './reactions/on-user-deleted.ts'
import { messageRoutes } from './routes/messages.ts'
import { methodRoutes } from './routes/methods.ts'
import { parkedMessageRoutes } from './routes/parked-messages.ts'
import { paymentRoutes } from './routes/payments.ts'
import { paymentsImplementation } from './rpc.ts'
import { Settings } from './settings.ts'
import { createPaymentStore } from './store.ts'
import {
  ChargebackClosed,
  ChargebackOpened,
  PaymentAuthorized,
  PaymentFailed,
  PaymentProcessed,
  PaymentVoided,
  RefundIssued,
} from '#contracts/events/payments.ts'
import { defineService } from '#kit/service/service.ts'

export const payments = defineService<Deps, typeof Settings>({
  name: 'payments',
  port: 8087,
  kind: 'model',
  summary: 'Money of orders: authorise, take, give back; gateways, webhooks, chargebacks, ledger.',
  apart: { group: 'shop' },
  migrations: new URL('./migrations/', import.meta.url),
  settings: Settings,
  create(kit) {
    const { db, outbox, log, settings, environment } = kit
    const simulatedSecrets = [
      settings.simulatedWebhookSecret ? Buffer.from(settings.simulatedWebhookSecret) : kit.secret('payments/simulated-webhooks'),
      ...(settings.simulatedWebhookSecretBefore ? [Buffer.from(settings.simulatedWebhookSecretBefore)] : []),
    ]
    const simulated = createSimulatedGateway({
      db,
      latencyMs: settings.simulatedLatencyMs,
      messageDelayMs: settings.simulatedMessageDelayMs,
      publicUrl: kit.publicUrl,
      webhookSecrets: simulatedSecrets,
    })
    const gateways = createGatewayRegistry([simulated, offline], { timeoutMs: settings.gatewayTimeoutMs, log })
    return { db, outbox, log, settings, environment, gateways, simulatedSecrets, store: createPaymentStore({ db, outbox }) }
  },
  routes: (deps) => [...messageRoutes(deps), ...parkedMessageRoutes(deps), ...methodRoutes(deps), ...paymentRoutes(deps)],
  rpc: paymentsImplementation,
  reactions: (deps) => [onOrderCancelled, onUserDeleted, ...(deps.settings.preauthorizeOrders ? [onOrderCreated(deps)] : [])],
  attention: () => ({ pauseMs: 50 }),
  jobs: (deps) => [
    { name: 'reconcile', everySeconds: 2, run: (signal) => reconcile(deps, signal) },
    { name: 'preauthorize', everySeconds: 2, run: (signal) => preauthorize(deps, signal) },
    { name: 'simulated-bank', everySeconds: 1, run: (signal) => simulateBank(deps, signal) },
  ],
  figures,
  invariants,
  publishes: [
    PaymentAuthorized,
    PaymentProcessed,
    PaymentFailed,
    PaymentVoided,
    RefundIssued,
    ChargebackOpened,
    ChargebackClosed,
  ],
})
