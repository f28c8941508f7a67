import { paymentsImplementation } from './rpc.ts'
import type { Deps } from './deps.ts'
import { createGatewayRegistry } from './gateways/registry.ts'
import { offline } from './gateways/offline.ts'
import { createSimulatedGateway } from './gateways/simulated.ts'
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
  rpc: paymentsImplementation,
  publishes: [PaymentAuthorized, PaymentProcessed, PaymentFailed, PaymentVoided, RefundIssued, ChargebackOpened, ChargebackClosed],
})
