import { randomBytes } from 'node:crypto'
import type { Static } from 'typebox'
import { Create } from 'typebox/value'
import type { paymentsRpc } from '#contracts/rpc/payments.ts'
import type { Db } from '#kit/db/db.ts'
import type { Event } from '#kit/messaging/event.ts'
import { createOutbox } from '#kit/messaging/outbox.ts'
import type { RpcClient } from '#kit/rpc/rpc.ts'
import { servicePrincipal } from '#kit/core/principal.ts'
import { silentLogger } from '#kit/service/logger.ts'
import { type TestDatabase, testDatabase } from '#kit/testing/database.ts'
import type { Deps } from '../deps.ts'
import { offline } from '../gateways/offline.ts'
import type { Gateway } from '../gateways/gateway.ts'
import { createGatewayRegistry } from '../gateways/registry.ts'
import { createSimulatedGateway } from '../gateways/simulated.ts'
import { paymentsImplementation } from '../rpc.ts'
import { Settings } from '../settings.ts'
import { createPaymentStore } from '../store.ts'

/** The payments service on a real database, without HTTP: for tests of its rules and of what the gateway does to it. */
export interface PaymentsBench {
  readonly deps: Deps
  readonly db: Db
  readonly database: TestDatabase
  readonly rpc: RpcClient<typeof paymentsRpc>
  /** events of an order in the outbox, in order */
  events(orderId: string): Promise<Event<Record<string, unknown>>[]>
  eventTypes(orderId: string): Promise<string[]>
  /** balance of each account over the order's payments */
  ledger(orderId: string): Promise<Record<string, bigint>>
  /** what the gateway took and did not give back, by its own books */
  takenAtGateway(orderId: string): Promise<bigint>
  close(): Promise<void>
}

export interface PaymentsBenchOptions {
  settings?: Partial<Static<typeof Settings>>
  /** wraps or replaces the simulated gateway; the first is preferred */
  gateways?: (simulated: Gateway) => readonly Gateway[]
}

export const PAYMENTS_MIGRATIONS = [
  { name: 'messaging', folder: new URL('../../../kit/messaging/migrations/', import.meta.url) },
  { name: 'payments', folder: new URL('../migrations/', import.meta.url) },
]

export async function startPayments(options: PaymentsBenchOptions = {}): Promise<PaymentsBench> {
  const database = await testDatabase({ schemas: [{ schema: 'payments', sets: PAYMENTS_MIGRATIONS }] })
  const db = database.db('payments')
  const settings = {
    ...Create(Settings),
    simulatedMessageDelayMs: 0,
    recheckAfterMs: 0,
    // long enough for a machine that is busy with other tests; tests of silence shorten it
    gatewayTimeoutMs: 1000,
    ...options.settings,
  }
  const outbox = createOutbox({ source: 'payments', wakeUp: { ring() {} } })
  const simulatedSecrets = [randomBytes(32)]
  const simulated = createSimulatedGateway({
    db,
    latencyMs: settings.simulatedLatencyMs,
    messageDelayMs: settings.simulatedMessageDelayMs,
    publicUrl: 'http://shop.test',
    webhookSecrets: simulatedSecrets,
  })
  const gateways = createGatewayRegistry([...(options.gateways?.(simulated) ?? [simulated]), offline], {
    timeoutMs: settings.gatewayTimeoutMs,
    log: silentLogger,
  })
  const deps: Deps = {
    db,
    outbox,
    log: silentLogger,
    settings,
    environment: 'test',
    gateways,
    simulatedSecrets,
    store: createPaymentStore({ db, outbox }),
  }
  const { methods } = paymentsImplementation(deps)
  const call = { principal: servicePrincipal('test') }
  const rpc = Object.fromEntries(Object.entries(methods).map(([name, method]) => [name, (input: unknown) => method(input, call)]))
  const events = async (orderId: string) => {
    const rows = await db.sql<{ payload: string }[]>`select payload from outbox where aggregateid = ${orderId} order by position`
    return rows.map((row) => JSON.parse(row.payload) as Event<Record<string, unknown>>)
  }
  return {
    deps,
    db,
    database,
    rpc: rpc as unknown as PaymentsBench['rpc'],
    events,
    eventTypes: async (orderId) => (await events(orderId)).map((event) => event.type),
    async ledger(orderId) {
      const rows = await db.sql<{ account: string; sum: bigint }[]>`
        select e.account, sum(e.amount)::bigint as sum from ledger_entries e join payments p on p.id = e.payment_id
         where p.order_id = ${orderId} group by e.account order by e.account`
      return Object.fromEntries(rows.map((row) => [row.account, row.sum]))
    },
    async takenAtGateway(orderId) {
      const [row] = await db.sql<{ sum: bigint }[]>`
        select coalesce(sum(captured - refunded), 0)::bigint as sum from sim_payments where key like ${`${orderId}:%`}`
      return row?.sum ?? 0n
    },
    close: () => database.drop(),
  }
}
